-- order_show_json: an order as its buyer sees it, with what was tried to pay it, its money and refunds, what was sent
-- and what came back.
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
COMMENT 'an order with payments, shipments and returns as JSON'
BEGIN
    DECLARE v_payments, v_refunds LONGTEXT;

    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT('payment_id', CAST(payment_id AS CHAR), 'channel', channel,
                                                         'state', state, 'amount', amount, 'reason', reason)
                                             ORDER BY payment_id), ''), ']')
      INTO v_payments
      FROM payment
     WHERE order_id = in_order_id;
    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT('refund_id', CAST(refund_id AS CHAR), 'state', state, 'amount', amount,
                                                         'reason', COALESCE(reason, cause))
                                             ORDER BY refund_id), ''), ']')
      INTO v_refunds
      FROM refund
     WHERE order_id = in_order_id;
    RETURN JSON_SET(order_json(in_order_id), '$.payments', JSON_EXTRACT(v_payments, '$'),
                    '$.payment', JSON_EXTRACT(order_money_json(in_order_id), '$'),
                    '$.refunds', JSON_EXTRACT(v_refunds, '$'),
                    '$.shipments', JSON_EXTRACT(shipment_list_json(in_order_id), '$'),
                    '$.returns', JSON_EXTRACT(return_list_json(in_order_id), '$'));
END
