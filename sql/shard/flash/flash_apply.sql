-- flash_apply: takes the broadcast rows of flash sales; a row whose version is not above the one here changes nothing.
--
-- Parameters
--   in_rows         LONGTEXT   JSON array as flash_tell makes it
-- Returns  one row: status INT, body JSON
--   200 {"sales": how many rows came in}
-- Errors   none of its own
-- Locks    flash_sale (by id): waits for orders of these sales that are being placed, so that with its answer no order of an
--          older epoch, or of a sale that is over, is written any more
-- Example  CALL flash_apply('[{"sale_id": 7, "version": 1, …}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_apply(in_rows LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'broadcast flash sales'
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    INSERT INTO flash_sale (sale_id, sku_id, pool, price, units, per_account, state, epoch, version)
    SELECT s.sale_id, s.sku_id, s.pool, s.price, s.units, s.per_account, s.state, s.epoch, s.version
      FROM (SELECT j.sale_id, j.sku_id, j.pool, j.price, j.units, j.per_account, j.state, j.epoch, j.version
              FROM JSON_TABLE(in_rows, '$[*]' COLUMNS (
                   sale_id BIGINT PATH '$.sale_id', sku_id BIGINT PATH '$.sku_id', pool VARCHAR(16) PATH '$.pool',
                   price BIGINT PATH '$.price', units BIGINT PATH '$.units', per_account BIGINT PATH '$.per_account',
                   state VARCHAR(16) PATH '$.state', epoch BIGINT PATH '$.epoch', version BIGINT PATH '$.version')) j) s
        ON DUPLICATE KEY UPDATE -- assigned from left to right: version last
           price = IF(s.version > flash_sale.version, s.price, flash_sale.price),
           units = IF(s.version > flash_sale.version, s.units, flash_sale.units),
           per_account = IF(s.version > flash_sale.version, s.per_account, flash_sale.per_account),
           state = IF(s.version > flash_sale.version, s.state, flash_sale.state),
           epoch = IF(s.version > flash_sale.version, s.epoch, flash_sale.epoch),
           version = GREATEST(s.version, flash_sale.version);
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('sales', JSON_LENGTH(in_rows)) AS body;
END
