-- audit_payments: is every paid order paid for, and what was captured in the books?
--
-- Parameters
--   in_after        BIGINT   order_id after which to begin; 0: at the start
--   in_limit        BIGINT   orders to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": order_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   paid: PAID or beyond without captures for all of it · unpaid: captured for it, yet not PAID · amount: asked for
--   something else than the order costs · ledger: what was booked for a payment is
--   not what its state says
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_payments(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_payments(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'payments and orders'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    CALL audit_order_range(in_after, in_limit, v_to, v_n);

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', b.rule, 'key', b.id, 'order_id', CAST(b.order_id AS CHAR), 'state', b.state,
                                    'should', CAST(b.should AS SIGNED), 'is', CAST(b.found AS SIGNED)))
      INTO v_items
      FROM (SELECT 'paid' AS rule, CAST(o.order_id AS CHAR) AS id, o.order_id, o.state, o.total AS should, COALESCE(p.amount, 0) AS found
              FROM orders o
              LEFT JOIN (SELECT order_id, SUM(captured) AS amount
                           FROM payment
                          WHERE order_id > in_after AND order_id <= v_to AND state = 'CAPTURED' AND refund_due = 0
                          GROUP BY order_id) p ON p.order_id = o.order_id
             WHERE o.order_id > in_after AND o.order_id <= v_to AND COALESCE(p.amount, 0) < o.total
               AND o.state IN ('PAID', 'ON_HOLD', 'CANCELLING', 'PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED', 'COMPLETED')
             UNION ALL
            SELECT 'unpaid', CAST(p.payment_id AS CHAR), p.order_id, COALESCE(o.state, 'none'), 0, p.amount
              FROM payment p
              LEFT JOIN orders o ON o.order_id = p.order_id
             WHERE p.order_id > in_after AND p.order_id <= v_to AND p.state = 'CAPTURED' AND p.refund_due = 0
               AND COALESCE(o.state, 'none') IN ('none', 'PENDING_PAYMENT', 'CLOSING', 'CLOSED')
             UNION ALL
            SELECT 'amount', CAST(p.payment_id AS CHAR), p.order_id, p.state, o.total, p.amount
              FROM payment p
              JOIN orders o ON o.order_id = p.order_id
             WHERE p.order_id > in_after AND p.order_id <= v_to AND (p.amount <> o.total OR p.currency <> o.currency)
             UNION ALL
            SELECT 'ledger', CAST(p.payment_id AS CHAR), p.order_id, p.state, IF(p.state = 'CAPTURED', p.captured, 0),
                   COALESCE(SUM(l.credit), 0) AS booked
              FROM payment p
              LEFT JOIN ledger_entry l ON l.transfer_id = p.payment_id AND l.kind = 'capture'
                                      AND l.account = CONCAT('order:', p.order_id) AND l.currency = p.currency
             WHERE p.order_id > in_after AND p.order_id <= v_to
             GROUP BY p.payment_id, p.order_id, p.state, p.captured
            HAVING booked <> IF(p.state = 'CAPTURED', p.captured, 0)
             LIMIT 100) b;
    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
