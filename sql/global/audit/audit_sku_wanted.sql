-- audit_sku_wanted: the SKUs as every shard must have them, for the shards to be compared.
--
-- Parameters
--   in_after        BIGINT   sku_id after which to begin; 0: at the start
--   in_limit        BIGINT   SKUs, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": sku_id or null, "violations": [], "from": in_after, "to": sku_id up to which a shard has no others,
--   "items": [{"sku_id", "version", "content"}]}; content: all of a SKU as audit_sku_copies puts it
-- Errors   none
-- Locks    none
-- Example  CALL audit_sku_wanted(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_sku_wanted(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'SKUs as shards must have them'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    SELECT COALESCE(MAX(c.sku_id), 0), COUNT(*),
           GROUP_CONCAT(JSON_OBJECT('sku_id', CAST(c.sku_id AS CHAR), 'version', c.version, 'content', c.content))
      INTO v_to, v_n, v_items
      FROM (SELECT s.sku_id, s.version,
                   CONCAT_WS(' ', s.product_id, s.price, s.currency,
                             IF(p.state_wanted = 'published' OR s.state = 'retired', s.state, 'draft'),
                             'list', COALESCE(s.list_price, '-'), 'grams', s.weight_grams, 'tax', s.tax_class, 'in',
                             COALESCE((SELECT GROUP_CONCAT(c.category_id ORDER BY c.category_id) FROM product_category c
                                        WHERE c.product_id = s.product_id AND c.category_id <> 0), '-'),
                             'text', SHA2(CONCAT_WS('|', p.title, IF(JSON_LENGTH(s.option_values) = 0, '', s.title),
                                                    COALESCE(s.image_url, p.image_url, '')), 256)) AS content
              FROM sku s
              JOIN product p ON p.product_id = s.product_id
             WHERE s.sku_id > in_after
             ORDER BY s.sku_id
             LIMIT in_limit) c;

    SELECT 200 AS status,
           CONCAT('{"examined": ', v_n, ', "next": ', IF(v_n < in_limit, 'null', CONCAT('"', v_to, '"')),
                  ', "violations": [], "from": "', in_after, '", "to": "', IF(v_n < in_limit, 9223372036854775807, v_to),
                  '", "items": [', COALESCE(v_items, ''), ']}') AS body;
END
