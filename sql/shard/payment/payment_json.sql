-- payment_json: a payment as the API shows it. A channel that signs its addresses adds pay_url.
--
-- in_payment_id  the attempt
-- Returns        JSON text, or NULL when there is no such payment
-- Example        SELECT payment_json(1234);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION payment_json(in_payment_id BIGINT)
RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
BEGIN
    RETURN (SELECT JSON_OBJECT('payment_id', CAST(payment_id AS CHAR),
                               'order_id', CAST(order_id AS CHAR),
                               'channel', channel,
                               'state', state,
                               'amount', amount,
                               'currency', currency,
                               'captured', captured,
                               'reason', reason,
                               'pay_url', IF(state = 'SUBMITTED', pay_url, NULL),
                               'code_url', IF(state = 'SUBMITTED', code_url, NULL),
                               'refund_due', JSON_EXTRACT(IF(refund_due, 'true', 'false'), '$'),
                               'created_at', rfc3339(created_at),
                               'expires_at', rfc3339(expires_at),
                               'captured_at', rfc3339(captured_at),
                               'version', version)
              FROM payment
             WHERE payment_id = in_payment_id);
END
