-- The broadcast row of flash sale 512, which sells SKU 42 for 999 in the pool f512.
CREATE FUNCTION flash_row(in_units BIGINT, in_state VARCHAR(16), in_epoch BIGINT, in_version BIGINT)
RETURNS LONGTEXT CHARACTER SET utf8mb4
NO SQL
DETERMINISTIC
RETURN CONCAT('[{"sale_id": 512, "sku_id": 42, "pool": "f512", "price": 999, "units": ', in_units, ', "per_account": 2, "state": "',
              in_state, '", "epoch": ', in_epoch, ', "version": ', in_version, '}]')
