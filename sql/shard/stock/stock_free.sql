-- stock_free: how many units of some SKUs are free here.
--
-- Parameters
--   in_skus         LONGTEXT   JSON [{"sku_id": "…", "pool": "…"}, …], at most 500
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"sku_id", "pool", "free"}]}; those of which there is no row are left out
-- Errors   none
-- Locks    none
-- Example  CALL stock_free('[{"sku_id": "42", "pool": "main"}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_free(in_skus LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'free units of SKUs'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('sku_id', CAST(s.sku_id AS CHAR), 'pool', s.pool, 'free', s.on_hand - s.reserved))
      INTO v_items
      FROM JSON_TABLE(in_skus, '$[*]' COLUMNS (sku_id BIGINT PATH '$.sku_id', pool VARCHAR(16) PATH '$.pool')) i
      JOIN stock s ON s.sku_id = i.sku_id AND s.pool = i.pool;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
