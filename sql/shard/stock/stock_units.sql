-- stock_units: how many units of a SKU this shard could sell now, for a hint to buyers: never for a decision.
--
-- Parameters
--   in_sku_id       BIGINT   the SKU
-- Returns  one row: status INT, body JSON
--   200 {"units": n, "state": "active" | … | null}; null: this shard does not know the SKU
-- Errors   none
-- Locks    none
-- Example  CALL stock_units(42);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_units(in_sku_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'units of a SKU that could be sold here'
SELECT 200 AS status,
       JSON_OBJECT('units', COALESCE((SELECT on_hand - reserved FROM stock WHERE sku_id = in_sku_id AND pool = 'main'), 0),
                   'state', (SELECT state FROM sku WHERE sku_id = in_sku_id)) AS body
