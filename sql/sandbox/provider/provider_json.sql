-- provider_json: a decided payment as the merchant's server gets it.
--
-- in_merchant, in_payment_id  the payment
-- Returns  JSON text, or NULL when nobody has decided on it
-- Example  SELECT provider_json('souk', 5678);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION provider_json(in_merchant VARCHAR(32), in_payment_id BIGINT)
RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a payment as JSON'
BEGIN
    RETURN (SELECT JSON_OBJECT('merchant', merchant,
                               'payment_id', CAST(payment_id AS CHAR),
                               'order_id', CAST(order_id AS CHAR),
                               'state', state,
                               'amount', COALESCE(taken, amount),
                               'currency', currency,
                               'event_id', event_id,
                               'decline_code', decline_code,
                               'provider_ref', provider_ref,
                               'decided_at', rfc3339(decided_at))
              FROM payment
             WHERE merchant = in_merchant AND payment_id = in_payment_id);
END
