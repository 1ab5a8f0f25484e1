-- Pays an order as a provider's callback does.
CREATE PROCEDURE pay(in_order_id BIGINT, in_account_id BIGINT, in_payment_id BIGINT)
BEGIN
    CALL payment_open(in_order_id, 'sandbox', in_account_id, in_payment_id, CONCAT('p', in_payment_id), 'h', 0, NULL);
    CALL capture(in_payment_id, 'sandbox', in_order_id, (SELECT total FROM orders WHERE order_id = in_order_id),
                 (SELECT currency FROM orders WHERE order_id = in_order_id), CONCAT('evt-', in_payment_id), 'ref');
END
