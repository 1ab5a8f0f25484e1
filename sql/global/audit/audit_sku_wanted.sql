-- audit_sku_list: the SKUs as every shard must have them, for the shards to be compared.
--
-- Parameters
--   in_after        BIGINT   sku_id after which to begin; 0: at the start
--   in_limit        BIGINT   SKUs, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": sku_id or null, "violations": [], "items": [{"sku_id", "product_id", "version", "price",
--   "currency", "state"}]}
-- Errors   none
-- Locks    none
-- Example  CALL audit_sku_list(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_sku_list(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'SKUs as shards must have them'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    SELECT COALESCE(MAX(c.sku_id), 0), COUNT(*),
           GROUP_CONCAT(JSON_OBJECT('sku_id', CAST(c.sku_id AS CHAR), 'product_id', CAST(c.product_id AS CHAR),
                                    'version', c.version, 'price', c.price, 'currency', c.currency, 'state', c.state))
      INTO v_to, v_n, v_items
      FROM (SELECT s.sku_id, s.product_id, s.version, s.price, s.currency,
                   IF(p.state_wanted = 'published' OR s.state = 'retired', s.state, 'draft') AS state
              FROM sku s
              JOIN product p ON p.product_id = s.product_id
             WHERE s.sku_id > in_after
             ORDER BY s.sku_id
             LIMIT in_limit) c;

    SELECT 200 AS status,
           CONCAT('{"examined": ', v_n, ', "next": ', IF(v_n < in_limit, 'null', CONCAT('"', v_to, '"')),
                  ', "violations": [], "items": [', COALESCE(v_items, ''), ']}') AS body;
END
