-- audit_sku_copies: are the SKUs here those of global, at their versions, and no others?
--
-- Parameters
--   in_after        BIGINT     ids after this
--   in_to           BIGINT     up to and with this
--   in_items        LONGTEXT   JSON of audit_sku_wanted: all SKUs of that range, [{"sku_id", "version", "content"}, …]
-- Returns  one row: status INT, body JSON
--   200 {"violations": [{"rule", "key", …}]}
--   missing: not here · version: another one here · content: the same version, and something of it or of its categories differs ·
--   stranger: here, and global has none
-- Errors   none
-- Locks    none
-- Example  CALL audit_sku_copies(0, 9223372036854775807, '[]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_sku_copies(in_after BIGINT, in_to BIGINT, in_items LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'broadcast SKUs'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', CASE WHEN b.here IS NULL THEN 'missing' WHEN b.version IS NULL THEN 'stranger'
                                                 WHEN b.here <> b.version THEN 'version' ELSE 'content' END,
                                    'key', CAST(b.sku_id AS CHAR), 'sku_id', CAST(b.sku_id AS CHAR),
                                    'global', CONCAT_WS(' ', b.version, b.content),
                                    'here', CONCAT_WS(' ', b.here, b.content_here)))
      INTO v_items
      FROM (SELECT u.sku_id, MAX(u.version) AS version, MAX(u.content) AS content, MAX(u.here) AS here,
                   MAX(u.content_here) AS content_here
              FROM (SELECT j.sku_id, j.version, j.content COLLATE utf8mb4_bin AS content, NULL AS here, NULL AS content_here
                      FROM JSON_TABLE(in_items, '$[*]' COLUMNS (
                           sku_id BIGINT PATH '$.sku_id', version BIGINT PATH '$.version', content LONGTEXT PATH '$.content')) j
                     UNION ALL
                    SELECT s.sku_id, NULL, NULL, s.version,
                           CONCAT_WS(' ', s.product_id, s.price, s.currency, s.state, 'list', COALESCE(s.list_price, '-'),
                                     'grams', s.weight_grams, 'tax', s.tax_class, 'in',
                                     COALESCE((SELECT GROUP_CONCAT(c.category_id ORDER BY c.category_id) FROM sku_category c
                                                WHERE c.sku_id = s.sku_id), '-'),
                                     'text', SHA2(CONCAT_WS('|', s.title, s.options_text, COALESCE(s.image_url, '')), 256))
                      FROM sku s
                     WHERE s.sku_id > in_after AND s.sku_id <= in_to) u
             GROUP BY u.sku_id
            HAVING here IS NULL OR version IS NULL OR here <> version
                OR content COLLATE utf8mb4_bin <> content_here COLLATE utf8mb4_bin
             LIMIT 100) b;

    SELECT 200 AS status, CONCAT('{"violations": [', COALESCE(v_items, ''), ']}') AS body;
END
