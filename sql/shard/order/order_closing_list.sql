-- order_closing_list: orders that are CLOSING and due, each with the attempts to pay it that have not ended.
--
-- Parameters
--   in_limit        BIGINT   orders at most, 1 … 500
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"order_id", "account_id", "closing_s", "payments": [{"payment_id", "order_id", "channel",
--   "state", "amount", "currency", "handle", "expires_s", "tries"}]}]}
-- Errors   none
-- Locks    none
-- Example  CALL order_closing_list(20);
--
-- While an attempt is being opened (payment.lease_until) its order waits.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_closing_list(in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'orders to be closed, with their open attempts'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('order_id', CAST(c.order_id AS CHAR), 'account_id', CAST(c.account_id AS CHAR),
                                    'closing_s', TIMESTAMPDIFF(SECOND, c.closing_at, v_now),
                                    'payments', JSON_EXTRACT(CONCAT('[', COALESCE(c.payments, ''), ']'), '$'))
                        ORDER BY c.due_at)
      INTO v_items
      FROM (SELECT o.order_id, o.account_id, o.closing_at, o.due_at,
                   GROUP_CONCAT(IF(p.payment_id IS NULL, NULL,
                                   JSON_OBJECT('payment_id', CAST(p.payment_id AS CHAR),
                                               'order_id', CAST(p.order_id AS CHAR), 'channel', p.channel,
                                               'state', p.state, 'amount', p.amount, 'currency', p.currency,
                                               'handle', p.handle, 'tries', p.tries,
                                               'expires_s', TIMESTAMPDIFF(SECOND, '1970-01-01', p.expires_at)))
                                ORDER BY p.payment_id) AS payments
              FROM orders o
              LEFT JOIN payment p ON p.order_id = o.order_id AND p.state IN ('CREATED', 'SUBMITTED', 'AUTHORISED')
             WHERE o.state = 'CLOSING' AND o.due_at <= v_now
             GROUP BY o.order_id, o.account_id, o.closing_at, o.due_at
            HAVING COALESCE(MAX(p.lease_until), v_now) <= v_now
             ORDER BY o.due_at
             LIMIT in_limit) c;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
