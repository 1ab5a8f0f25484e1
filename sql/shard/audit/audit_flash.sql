-- audit_flash: do flash sales have the units they were given, and accounts those of their orders?
--
-- Parameters
--   in_after        BIGINT   sale_id after which to begin; 0: at the start
--   in_limit        BIGINT   sales to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": sale_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   allot: a move between pools does not come to nothing · allotted: what a sale was given is not what moved into its pool ·
--   more: it was given more units than it sells · order: an order of a sale has other units, another pool or another state ·
--   used: an account has another number of units than its orders · limit: or more than it may have
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_flash(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_flash(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'units of flash sales'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    SELECT COALESCE(MAX(c.id), in_after), COUNT(*) INTO v_to, v_n
      FROM (SELECT sale_id AS id FROM flash_sale WHERE sale_id > in_after ORDER BY sale_id LIMIT in_limit) c;
    IF v_n < in_limit THEN
        SET v_to = 9223372036854775807;
    END IF;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', b.rule, 'key', b.id, 'sale_id', CAST(b.sale_id AS CHAR),
                                    'is', CAST(b.found AS SIGNED), 'should', CAST(b.should AS SIGNED)))
      INTO v_items
      FROM (SELECT 'allot' AS rule, CAST(m.reference AS CHAR) AS id, f.sale_id,
                   SUM(m.on_hand_change) + (SELECT SUM(o.on_hand_change) FROM stock_movement o
                                             WHERE o.sku_id = f.sku_id AND o.pool = 'main' AND o.reference = m.reference
                                               AND o.reason = 'allot') AS found, 0 AS should
              FROM flash_sale f
              JOIN stock_movement m ON m.sku_id = f.sku_id AND m.pool = f.pool AND m.reason = 'allot'
             WHERE f.sale_id > in_after AND f.sale_id <= v_to
             GROUP BY f.sale_id, f.sku_id, m.reference
            HAVING found IS NULL OR found <> 0
             UNION ALL
            SELECT 'allotted', CAST(f.sale_id AS CHAR), f.sale_id, f.allotted,
                   COALESCE(SUM(IF(m.on_hand_change > 0, m.on_hand_change, 0)), 0) AS came
              FROM flash_sale f
              LEFT JOIN stock_movement m ON m.sku_id = f.sku_id AND m.pool = f.pool AND m.reason = 'allot'
             WHERE f.sale_id > in_after AND f.sale_id <= v_to
             GROUP BY f.sale_id, f.allotted
            HAVING came <> f.allotted
             UNION ALL
            SELECT 'more', CAST(f.sale_id AS CHAR), f.sale_id, f.allotted, f.units
              FROM flash_sale f
             WHERE f.sale_id > in_after AND f.sale_id <= v_to AND f.allotted > f.units
             UNION ALL
            SELECT 'order', CAST(x.order_id AS CHAR), x.sale_id, COALESCE(i.qty, 0), x.qty
              FROM flash_order x
              JOIN flash_sale f ON f.sale_id = x.sale_id
              LEFT JOIN orders o ON o.order_id = x.order_id
              LEFT JOIN order_item i ON i.order_id = x.order_id AND i.sku_id = f.sku_id AND i.pool = f.pool
             WHERE x.sale_id > in_after AND x.sale_id <= v_to
               AND (i.qty IS NULL OR i.qty <> x.qty OR o.account_id <> x.account_id
                    OR (o.state IN ('CLOSED', 'CANCELLED')) <> (x.ended_at IS NOT NULL))
             UNION ALL
            SELECT 'used', CONCAT(u.account_id, ' ', u.sale_id), u.sale_id, SUM(u.used) AS counted, SUM(u.had) AS had
              FROM (SELECT account_id, sale_id, used, 0 AS had
                      FROM flash_use
                     WHERE sale_id > in_after AND sale_id <= v_to
                     UNION ALL
                    SELECT account_id, sale_id, 0, qty
                      FROM flash_order
                     WHERE sale_id > in_after AND sale_id <= v_to AND ended_at IS NULL) u
             GROUP BY u.account_id, u.sale_id
            HAVING had <> counted
             UNION ALL
            SELECT 'limit', CONCAT(u.account_id, ' ', u.sale_id), u.sale_id, u.used, f.per_account
              FROM flash_use u
              JOIN flash_sale f ON f.sale_id = u.sale_id
             WHERE u.sale_id > in_after AND u.sale_id <= v_to AND u.used > f.per_account
             LIMIT 100) b;
    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
