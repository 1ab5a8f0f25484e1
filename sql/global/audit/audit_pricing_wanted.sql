-- audit_pricing_wanted: promotions, ways to ship, taxes, flash sales and hold rules as every shard must have them, to be compared there.
--
-- Parameters
--   in_after        BIGINT   id after which to begin; 0: at the start
--   in_limit        BIGINT   of them, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": id or null, "violations": [], "from": in_after, "to": id up to which a shard has no others,
--   "items": [{"pricing_id", "kind", "version", "content", "targets"}]}; targets: of an active promotion [{"kind", "id"}], as staff
--   named them
-- Errors   none
-- Locks    none
-- Example  CALL audit_pricing_wanted(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_pricing_wanted(in_after BIGINT, in_limit BIGINT)
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
                    (SELECT tax_rate_id FROM tax_rate WHERE tax_rate_id > in_after ORDER BY tax_rate_id LIMIT in_limit)
                    UNION ALL
                    (SELECT sale_id FROM flash_sale WHERE sale_id > in_after ORDER BY sale_id LIMIT in_limit)) a
             ORDER BY a.id
             LIMIT in_limit) i;
    CALL audit_pricing_rows(in_after, COALESCE(v_to, in_after));
    SELECT GROUP_CONCAT(JSON_OBJECT('pricing_id', CAST(a.pricing_id AS CHAR), 'kind', a.kind, 'version', a.version,
                                    'content', a.content, 'targets', JSON_EXTRACT(COALESCE(p.targets, '[]'), '$')))
      INTO v_items
      FROM audit_pricing_row a
      LEFT JOIN promotion p ON p.promotion_id = a.pricing_id AND p.state = 'active';

    SELECT 200 AS status,
           CONCAT('{"examined": ', v_n, ', "next": ', IF(v_n < in_limit, 'null', CONCAT('"', v_to, '"')),
                  ', "violations": [], "from": "', in_after, '", "to": "', IF(v_n < in_limit, 9223372036854775807, v_to),
                  '", "items": [', COALESCE(v_items, ''), ']}') AS body;
END
