-- audit_skus: are the SKUs here those of global, at their versions?
--
-- Parameters
--   in_items        LONGTEXT   JSON of audit_sku_list: [{"sku_id", "product_id", "version", "price", "currency", "state"}, …]
-- Returns  one row: status INT, body JSON
--   200 {"violations": [{"rule", "key", …}]}
--   missing: not here · version: another one here · content: the same version and another price or state
-- Errors   none
-- Locks    none
-- Example  CALL audit_skus('[]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_skus(in_items LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'broadcast SKUs'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', CASE WHEN b.here IS NULL THEN 'missing' WHEN b.here <> b.version THEN 'version'
                                                 ELSE 'content' END,
                                    'key', CAST(b.sku_id AS CHAR), 'sku_id', CAST(b.sku_id AS CHAR),
                                    'global', CONCAT_WS(' ', b.version, b.price, b.currency, b.state),
                                    'here', CONCAT_WS(' ', b.here, b.price_here, b.currency_here, b.state_here)))
      INTO v_items
      FROM (SELECT i.sku_id, i.version, i.price, i.currency, i.state, s.version AS here, s.price AS price_here,
                   s.currency AS currency_here, s.state AS state_here
              FROM (SELECT j.sku_id, j.product_id, j.version, j.price, j.currency, j.state
                      FROM JSON_TABLE(in_items, '$[*]' COLUMNS (
                           sku_id BIGINT PATH '$.sku_id', product_id BIGINT PATH '$.product_id',
                           version BIGINT PATH '$.version', price BIGINT PATH '$.price',
                           currency CHAR(3) PATH '$.currency', state VARCHAR(16) PATH '$.state')) j) i
              LEFT JOIN sku s ON s.sku_id = i.sku_id
             WHERE s.sku_id IS NULL OR s.version <> i.version OR s.price <> i.price OR s.product_id <> i.product_id
                OR s.currency COLLATE utf8mb4_bin <> i.currency COLLATE utf8mb4_bin
                OR s.state COLLATE utf8mb4_bin <> i.state COLLATE utf8mb4_bin
             LIMIT 100) b;

    SELECT 200 AS status, CONCAT('{"violations": [', COALESCE(v_items, ''), ']}') AS body;
END
