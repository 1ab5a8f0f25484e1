-- audit_order_promotions: is every use of a promotion that an order counts for its account counted at all?
--
-- Parameters
--   in_after        BIGINT   order_id after which to begin; 0: at the start
--   in_limit        BIGINT   orders with promotions to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": order_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   uncounted: promotion_use has no row for what an order that was not ended holds or has used
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_order_promotions(0, 1000);
--
-- Whether a row that is there has the right number is seen by audit_promotions, which begins at the rows.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_order_promotions(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'promotions of orders'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    CALL audit_promoted_range(in_after, in_limit, v_to, v_n);

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', 'uncounted', 'key', CONCAT(b.account_id, ' ', b.promotion_id),
                                    'account_id', CAST(b.account_id AS CHAR), 'promotion_id', CAST(b.promotion_id AS CHAR),
                                    'orders', b.orders_n, 'order_id', CAST(b.order_id AS CHAR)))
      INTO v_items
      FROM (SELECT o.account_id, p.promotion_id, COUNT(*) AS orders_n, MIN(o.order_id) AS order_id
              FROM order_promotion p
              JOIN orders o ON o.order_id = p.order_id AND o.state NOT IN ('RECEIVED', 'REJECTED', 'CLOSED', 'CANCELLED')
              LEFT JOIN promotion_use u ON u.account_id = o.account_id AND u.promotion_id = p.promotion_id
             WHERE p.order_id > in_after AND p.order_id <= v_to AND p.counted = 1 AND u.account_id IS NULL
             GROUP BY o.account_id, p.promotion_id
             LIMIT 100) b;
    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
