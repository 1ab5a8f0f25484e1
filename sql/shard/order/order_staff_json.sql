-- order_staff_json: an order as staff see it: what its buyer sees, where the buyer can be written to, and why providers declined.
--
-- Parameters
--   in_order_id     BIGINT   the order
-- Returns  JSON object; NULL when there is no such order
-- Errors   none
-- Locks    none
-- Example  SELECT order_staff_json(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION order_staff_json(in_order_id BIGINT) RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'an order for staff as JSON'
BEGIN
    DECLARE v_email VARCHAR(254) CHARACTER SET utf8mb4;
    DECLARE v_payments LONGTEXT;

    SELECT COALESCE(o.email, a.email) INTO v_email
      FROM orders o
      LEFT JOIN account a ON a.account_id = o.account_id
     WHERE o.order_id = in_order_id;
    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT('payment_id', CAST(payment_id AS CHAR), 'channel', channel,
                                                         'state', state, 'amount', amount, 'reason', reason,
                                                         'decline_code', IF(state = 'CAPTURED', NULL, decline_code))
                                             ORDER BY payment_id), ''), ']')
      INTO v_payments
      FROM payment
     WHERE order_id = in_order_id;
    RETURN JSON_SET(order_show_json(in_order_id), '$.contact_email', v_email, '$.payments', JSON_EXTRACT(v_payments, '$'));
END
