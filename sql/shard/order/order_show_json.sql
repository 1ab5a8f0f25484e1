-- order_show_json: an order as its buyer sees it, with what was tried to pay it and what was sent.
--
-- Parameters
--   in_order_id     BIGINT   the order
-- Returns  JSON object; NULL when there is no such order
-- Errors   none
-- Locks    none
-- Example  SELECT order_show_json(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION order_show_json(in_order_id BIGINT) RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'an order with its payments and shipments as JSON'
BEGIN
    DECLARE v_payments LONGTEXT;

    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT('payment_id', CAST(payment_id AS CHAR), 'channel', channel,
                                                         'state', state, 'amount', amount)
                                             ORDER BY payment_id), ''), ']')
      INTO v_payments
      FROM payment
     WHERE order_id = in_order_id;
    RETURN JSON_SET(order_json(in_order_id), '$.payments', JSON_EXTRACT(v_payments, '$'),
                    '$.shipments', JSON_EXTRACT(shipment_list_json(in_order_id), '$'));
END
