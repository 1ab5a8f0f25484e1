-- audit_ids: does each id of global name one thing? And the ids, for the shards to be compared.
--
-- Parameters
--   in_after        BIGINT   id after which to begin; 0: at the start
--   in_limit        BIGINT   ids to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": id or null, "violations": [{"rule": "twice", "key", …}], "items": [{"id", "name"}]}
-- Errors   none
-- Locks    none
-- Example  CALL audit_ids(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_ids(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'ids of global'
BEGIN
    DECLARE v_items, v_twice LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    SELECT COALESCE(MAX(c.id), 0), COUNT(*),
           GROUP_CONCAT(JSON_OBJECT('id', CAST(c.id AS CHAR), 'name', c.names)),
           GROUP_CONCAT(IF(c.n > 1, JSON_OBJECT('rule', 'twice', 'key', CAST(c.id AS CHAR), 'id', CAST(c.id AS CHAR),
                                                'names', c.names), NULL))
      INTO v_to, v_n, v_items, v_twice
      FROM (SELECT u.id, COUNT(*) AS n, GROUP_CONCAT(u.name) AS names
              FROM ((SELECT product_id AS id, 'product' AS name FROM product WHERE product_id > in_after
                      ORDER BY product_id LIMIT in_limit)
                    UNION ALL
                    (SELECT sku_id, 'sku' FROM sku WHERE sku_id > in_after ORDER BY sku_id LIMIT in_limit)
                    UNION ALL
                    (SELECT category_id, 'category' FROM category WHERE category_id > in_after
                      ORDER BY category_id LIMIT in_limit)
                    UNION ALL
                    (SELECT receipt_id, 'receipt' FROM goods_receipt WHERE receipt_id > in_after
                      ORDER BY receipt_id LIMIT in_limit)
                    UNION ALL
                    (SELECT transfer_id, 'transfer' FROM goods_transfer WHERE transfer_id > in_after
                      ORDER BY transfer_id LIMIT in_limit)
                    UNION ALL
                    (SELECT correction_id, 'correction' FROM goods_correction WHERE correction_id > in_after
                      ORDER BY correction_id LIMIT in_limit)
                    UNION ALL
                    (SELECT promotion_id, 'promotion' FROM promotion WHERE promotion_id > in_after
                      ORDER BY promotion_id LIMIT in_limit)) u
             GROUP BY u.id
             ORDER BY u.id
             LIMIT in_limit) c;

    SELECT 200 AS status,
           CONCAT('{"examined": ', v_n, ', "next": ', IF(v_n < in_limit, 'null', CONCAT('"', v_to, '"')),
                  ', "violations": [', COALESCE(v_twice, ''), '], "items": [', COALESCE(v_items, ''), ']}') AS body;
END
