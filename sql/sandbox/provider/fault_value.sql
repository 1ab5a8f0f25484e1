-- fault_value: what a test wants to go wrong with a payment.
--
-- in_payment_id  the payment
-- in_name        the switch, as docs/sandbox.md lists them
-- Returns  BIGINT: the payment's own, else everybody's, else 0
-- Example  SELECT fault_value(5678, 'callback_copies');
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION fault_value(in_payment_id BIGINT, in_name VARCHAR(32))
RETURNS BIGINT
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'what goes wrong'
RETURN COALESCE((SELECT value FROM fault WHERE payment_id IN (in_payment_id, 0) AND name = in_name
                  ORDER BY payment_id DESC LIMIT 1), 0)
