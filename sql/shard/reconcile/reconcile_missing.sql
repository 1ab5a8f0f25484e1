-- reconcile_missing: what our books have and the provider's statements have not.
--
-- Parameters
--   in_channel      VARCHAR(16)   payment channel
--   in_day          VARCHAR(10)   day of the statement that was read last
--   in_limit        BIGINT        captures, and refunds, at most, 1 … 1,000
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"kind", "payment_id", "refund_id", "order_id", "order_state", "amount", "currency", "provider_ref", "at"}]}
-- Errors   none
-- Locks    none
-- Example  CALL reconcile_missing('sandbox', '2026-11-28', 1000);
--
-- Of the quarter of an hour before midnight the next day's statement is to say: our time and the provider's differ a little.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE reconcile_missing(
    in_channel VARCHAR(16), in_day VARCHAR(10), in_limit BIGINT
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'what a statement lacks'
BEGIN
    DECLARE v_from DATETIME(3) DEFAULT STR_TO_DATE(in_day, '%Y-%m-%d') - INTERVAL 15 MINUTE;
    DECLARE v_to DATETIME(3) DEFAULT LEAST(v_from + INTERVAL 1 DAY, UTC_TIMESTAMP(3) - INTERVAL 15 MINUTE);
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('kind', m.kind, 'payment_id', CAST(m.payment_id AS CHAR),
                                    'refund_id', CAST(m.refund_id AS CHAR), 'order_id', CAST(m.order_id AS CHAR),
                                    'order_state', o.state, 'amount', m.amount, 'currency', m.currency,
                                    'provider_ref', m.provider_ref, 'at', rfc3339(m.at)))
      INTO v_items
      FROM ((SELECT 'capture' AS kind, payment_id, NULL AS refund_id, order_id, captured AS amount, currency, provider_ref,
                    captured_at AS at
               FROM payment
              WHERE channel = in_channel AND captured_at >= v_from AND captured_at < v_to AND statement_day IS NULL
              LIMIT in_limit)
             UNION ALL
            (SELECT 'refund', payment_id, refund_id, order_id, amount, currency, provider_ref, ended_at
               FROM refund
              WHERE channel = in_channel AND ended_at >= v_from AND ended_at < v_to AND state = 'SUCCEEDED'
                AND statement_day IS NULL
              LIMIT in_limit)) m
      LEFT JOIN orders o ON o.order_id = m.order_id;
    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
