-- audit_pricing_list: promotions, ways to ship and taxes as every shard must have them, for the shards to be compared.
--
-- Parameters
--   in_after        BIGINT   id after which to begin; 0: at the start
--   in_limit        BIGINT   of them, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": id or null, "violations": [], "items": [{"pricing_id", "kind", "version", "content"}]}
-- Errors   none
-- Locks    none
-- Example  CALL audit_pricing_list(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_pricing_list(in_after BIGINT, in_limit BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'what prices follow from, as shards must have it'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    SELECT MAX(i.id), COUNT(*) INTO v_to, v_n
      FROM (SELECT a.id
              FROM ((SELECT promotion_id AS id FROM promotion WHERE promotion_id > in_after ORDER BY promotion_id LIMIT in_limit)
                    UNION ALL
                    (SELECT shipping_method_id FROM shipping_method WHERE shipping_method_id > in_after
                      ORDER BY shipping_method_id LIMIT in_limit)
                    UNION ALL
                    (SELECT tax_rate_id FROM tax_rate WHERE tax_rate_id > in_after ORDER BY tax_rate_id LIMIT in_limit)) a
             ORDER BY a.id
             LIMIT in_limit) i;
    CALL audit_pricing_rows(in_after, COALESCE(v_to, in_after));
    SELECT GROUP_CONCAT(JSON_OBJECT('pricing_id', CAST(pricing_id AS CHAR), 'kind', kind, 'version', version, 'content', content))
      INTO v_items
      FROM audit_pricing_row;

    SELECT 200 AS status,
           CONCAT('{"examined": ', v_n, ', "next": ', IF(v_n < in_limit, 'null', CONCAT('"', v_to, '"')),
                  ', "violations": [], "items": [', COALESCE(v_items, ''), ']}') AS body;
END
