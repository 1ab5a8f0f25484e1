-- audit_refunds: is every refund in the books as it stands, is none of it more than was captured, and is no money kept that
-- no order needs?
--
-- Parameters
--   in_after        BIGINT   order_id after which to begin; 0: at the start
--   in_limit        BIGINT   orders to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": order_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   refund: what was promised and what ended of a refund is not booked as its state says · capture: of no capture of its order,
--   account and channel (or manual, made past the provider), not ended as its state says, not ended and never asked about, or failed and no person was called ·
--   exceeds: refunds of a capture come to more than it · kept: an order that is not paid, or was cancelled, has money of its buyer's, none of it promised back, and no
--   person was called · excess: a paid order has more than its total, and the same · stuck: an order is CANCELLING, and neither is a
--   refund under way, whose end would end it, nor was a person called; `is`: the money of its buyer's that it has
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_refunds(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_refunds(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'refunds and what is kept'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    CALL audit_order_range(in_after, in_limit, v_to, v_n);

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', b.rule, 'key', b.id, 'order_id', CAST(b.order_id AS CHAR), 'state', b.state,
                                    'should', CAST(b.should AS SIGNED), 'is', CAST(b.found AS SIGNED)))
      INTO v_items
      FROM (SELECT 'refund' AS rule, CAST(r.refund_id AS CHAR) AS id, r.order_id, r.state, r.amount AS should,
                   COALESCE(SUM(IF(l.kind = 'refund' AND l.account = CONCAT('refunds:', r.channel), l.credit, 0)), 0) AS found
              FROM refund r
              LEFT JOIN ledger_entry l ON l.transfer_id = r.refund_id AND l.currency = r.currency AND l.kind <> 'fee'
             WHERE r.order_id > in_after AND r.order_id <= v_to
             GROUP BY r.refund_id, r.order_id, r.state, r.amount, r.channel
            HAVING found <> r.amount
                OR COALESCE(SUM(IF(l.kind = 'refund_paid', l.debit, 0)), 0) <> IF(r.state = 'SUCCEEDED', r.amount, 0)
                OR COALESCE(SUM(IF(l.kind = 'refund_failed', l.debit, 0)), 0) <> IF(r.state = 'FAILED', r.amount, 0)
             UNION ALL
            SELECT 'capture', CAST(r.refund_id AS CHAR), r.order_id, r.state, r.amount, COALESCE(p.captured, 0)
              FROM refund r
              LEFT JOIN payment p ON p.payment_id = r.payment_id AND p.state = 'CAPTURED' AND p.order_id = r.order_id
                                 AND p.account_id = r.account_id AND p.currency = r.currency
                                 AND (p.channel = r.channel OR r.channel = 'manual' AND r.state = 'SUCCEEDED')
             WHERE r.order_id > in_after AND r.order_id <= v_to
               AND (p.payment_id IS NULL
                    OR IF(r.state IN ('REQUESTED', 'SUBMITTED'), r.ended_at IS NOT NULL OR r.due_at IS NULL, r.ended_at IS NULL)
                    OR r.state = 'FAILED'
                       AND NOT EXISTS (SELECT 1 FROM payment_case c
                                        WHERE c.kind = 'refund_failed' AND c.reference = CAST(r.refund_id AS CHAR) COLLATE utf8mb4_bin))
             UNION ALL
            SELECT 'exceeds', CAST(p.payment_id AS CHAR), p.order_id, p.state, p.captured, SUM(r.amount) AS back
              FROM payment p
              JOIN refund r ON r.payment_id = p.payment_id AND r.state <> 'FAILED'
             WHERE p.order_id > in_after AND p.order_id <= v_to
             GROUP BY p.payment_id, p.order_id, p.state, p.captured
            HAVING back > COALESCE(p.captured, 0)
             UNION ALL
            SELECT IF(o.state IN ('PENDING_PAYMENT', 'CLOSING', 'CLOSED', 'RECEIVED', 'REJECTED', 'CANCELLED'), 'kept', 'excess'),
                   CAST(o.order_id AS CHAR), o.order_id, o.state,
                   IF(o.state IN ('PENDING_PAYMENT', 'CLOSING', 'CLOSED', 'RECEIVED', 'REJECTED', 'CANCELLED'), 0, o.total), m.kept
              FROM (SELECT l.order_id, SUM(l.credit) - SUM(l.debit) AS kept
                      FROM ledger_entry l
                      JOIN orders c ON c.order_id = l.order_id AND c.currency = l.currency
                     WHERE l.order_id > in_after AND l.order_id <= v_to AND l.account = CONCAT('order:', l.order_id)
                     GROUP BY l.order_id) m
              JOIN orders o ON o.order_id = m.order_id
             WHERE m.kept > IF(o.state IN ('PENDING_PAYMENT', 'CLOSING', 'CLOSED', 'RECEIVED', 'REJECTED', 'CANCELLED'), 0, o.total)
               AND NOT EXISTS (SELECT 1 FROM payment_case c WHERE c.order_id = o.order_id AND c.state = 'open')
             UNION ALL
            SELECT 'stuck', CAST(o.order_id AS CHAR), o.order_id, o.state, 0,
                   (SELECT COALESCE(SUM(l.credit) - SUM(l.debit), 0) FROM ledger_entry l
                     WHERE l.order_id = o.order_id AND l.account = CONCAT('order:', o.order_id))
              FROM orders o
             WHERE o.order_id > in_after AND o.order_id <= v_to AND o.state = 'CANCELLING'
               AND NOT EXISTS (SELECT 1 FROM refund r WHERE r.order_id = o.order_id AND r.state IN ('REQUESTED', 'SUBMITTED'))
               AND NOT EXISTS (SELECT 1 FROM payment_case c WHERE c.order_id = o.order_id AND c.state = 'open')
             LIMIT 100) b;
    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
