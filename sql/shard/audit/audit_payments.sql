-- audit_payments: is every paid order paid for, and what was captured in the books?
--
-- Parameters
--   in_after        BIGINT   order_id after which to begin; 0: at the start
--   in_limit        BIGINT   orders to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": order_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   paid: PAID or beyond without captures for all of it · unpaid: captured for it, yet not PAID · twice: several captures pay it,
--   and none of them goes back · amount: asked for something else than the order costs · attempt: of no order or of another
--   account's, not taken or ended as its state or the provider's word says, or open and never asked about · taken: the provider took money that pays nothing,
--   and no person was called · reference: of what staff marked as paid nobody would see that its money paid an order already ·
--   ledger: what was booked for a payment is not what its state says, or at another channel
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
            SELECT 'twice', CAST(p.order_id AS CHAR), p.order_id, p.state, 1, COUNT(*) AS captures_n
              FROM payment p
             WHERE p.order_id > in_after AND p.order_id <= v_to AND p.state = 'CAPTURED' AND p.refund_due = 0
             GROUP BY p.order_id, p.state
            HAVING captures_n > 1
             UNION ALL
            SELECT 'amount', CAST(p.payment_id AS CHAR), p.order_id, p.state, o.total, p.amount
              FROM payment p
              JOIN orders o ON o.order_id = p.order_id
             WHERE p.order_id > in_after AND p.order_id <= v_to AND (p.amount <> o.total OR p.currency <> o.currency)
             UNION ALL
            SELECT 'attempt', CAST(p.payment_id AS CHAR), p.order_id, p.state, COALESCE(o.total, 0), p.captured
              FROM payment p
              LEFT JOIN orders o ON o.order_id = p.order_id
             WHERE p.order_id > in_after AND p.order_id <= v_to
               AND (NOT p.account_id <=> o.account_id
                    OR (p.state = 'CAPTURED') <> (p.captured IS NOT NULL) OR (p.state = 'CAPTURED') <> (p.captured_at IS NOT NULL)
                    OR IF(p.state IN ('CREATED', 'SUBMITTED', 'AUTHORISED'), p.ended_at IS NOT NULL OR p.due_at IS NULL,
                          p.ended_at IS NULL)
                    OR EXISTS (SELECT 1 FROM payment_callback c
                                WHERE c.payment_id = p.payment_id AND c.outcome IN ('paid', 'refund_due')
                                  AND (p.state <> 'CAPTURED' OR p.channel <> 'manual' AND NOT c.provider_ref <=> p.provider_ref)))
             UNION ALL
            SELECT 'taken', CAST(p.payment_id AS CHAR), p.order_id, p.state, 0, p.taken
              FROM payment p
             WHERE p.order_id > in_after AND p.order_id <= v_to AND p.state <> 'CAPTURED' AND p.taken > 0
               AND NOT EXISTS (SELECT 1 FROM payment_case c WHERE c.payment_id = p.payment_id)
             UNION ALL
            SELECT 'reference', CAST(p.payment_id AS CHAR), p.order_id, p.state, 1, 0
              FROM payment p
              LEFT JOIN payment_reference f ON f.reference = p.provider_ref AND f.order_id = p.order_id
             WHERE p.order_id > in_after AND p.order_id <= v_to AND p.channel = 'manual' AND p.state = 'CAPTURED'
               AND p.provider_ref IS NOT NULL AND f.order_id IS NULL
             UNION ALL
            SELECT 'ledger', CAST(p.payment_id AS CHAR), p.order_id, p.state, IF(p.state = 'CAPTURED', p.captured, 0),
                   COALESCE(SUM(l.credit), 0) AS booked
              FROM payment p
              LEFT JOIN ledger_entry l ON l.transfer_id = p.payment_id AND l.kind = 'capture' AND l.currency = p.currency
                                      AND l.account IN (CONCAT('order:', p.order_id), CONCAT('channel:', p.channel))
             WHERE p.order_id > in_after AND p.order_id <= v_to
             GROUP BY p.payment_id, p.order_id, p.state, p.captured
            HAVING booked <> IF(p.state = 'CAPTURED', p.captured, 0) OR COALESCE(SUM(l.debit), 0) <> booked
             LIMIT 100) b;
    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
