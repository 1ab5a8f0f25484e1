-- audit_promotions: do the counted uses of promotions agree with the orders that hold or have used them?
--
-- Parameters
--   in_after        BIGINT   account_id after which to begin; 0: at the start
--   in_limit        BIGINT   rows of promotion_use to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": account_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   used: promotion_use says another number than the account's orders do
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_promotions(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_promotions(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'uses of promotions'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    SELECT COALESCE(MAX(c.account_id), in_after), COUNT(*) INTO v_to, v_n
      FROM (SELECT account_id FROM promotion_use WHERE account_id > in_after ORDER BY account_id LIMIT in_limit) c;
    IF v_n < in_limit THEN
        SET v_to = 9223372036854775807;
    END IF;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', 'used', 'key', CONCAT(b.account_id, ' ', b.promotion_id),
                                    'account_id', CAST(b.account_id AS CHAR),
                                    'promotion_id', CAST(b.promotion_id AS CHAR), 'used', b.used, 'orders', b.orders_n))
      INTO v_items
      FROM (SELECT u.account_id, u.promotion_id, u.used, COUNT(p.order_id) AS orders_n
              FROM promotion_use u
              LEFT JOIN orders o ON o.account_id = u.account_id AND o.state NOT IN ('RECEIVED', 'REJECTED', 'CLOSED', 'CANCELLED')
              LEFT JOIN order_promotion p ON p.order_id = o.order_id AND p.promotion_id = u.promotion_id AND p.counted = 1
             WHERE u.account_id > in_after AND u.account_id <= v_to
             GROUP BY u.account_id, u.promotion_id, u.used
            HAVING orders_n <> u.used
             LIMIT 100) b;
    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
