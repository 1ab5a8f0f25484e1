-- provider_refund_json: a refund as the merchant's server gets it.
--
-- in_merchant, in_refund_id  the refund
-- Returns  JSON text, or NULL when it was never asked for
-- Example  SELECT provider_refund_json('souk', 9876);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION provider_refund_json(in_merchant VARCHAR(32), in_refund_id BIGINT)
RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a refund as JSON'
BEGIN
    RETURN (SELECT JSON_OBJECT('merchant', merchant, 'refund_id', CAST(refund_id AS CHAR),
                               'payment_id', CAST(payment_id AS CHAR),
                               'state', IF(ends_at > UTC_TIMESTAMP(3), 'refund_pending', state), 'amount', amount,
                               'currency', currency, 'reason', reason, 'event_id', event_id, 'provider_ref', provider_ref,
                               'ends_at', rfc3339(ends_at))
              FROM refund
             WHERE merchant = in_merchant AND refund_id = in_refund_id);
END
