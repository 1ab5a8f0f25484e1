-- payment_refused: records that the provider will never open an attempt. The order stays as it is.
--
-- in_payment_id  the attempt
-- Returns        200 and the payment; one that is CREATED no longer stays as it is
-- Errors         30004 not_found · 30015 slot.moved
-- Locks          slot_owner, orders, payment, order_event, outbox
-- Example        CALL payment_refused(5678);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_refused(IN in_payment_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
BEGIN
    DECLARE v_order_id BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_payment_id);
    SELECT order_id INTO v_order_id FROM payment WHERE payment_id = in_payment_id;
    IF v_order_id IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such payment';
    END IF;
    SELECT order_id INTO v_order_id FROM orders WHERE order_id = v_order_id FOR UPDATE;
    UPDATE payment
       SET state = 'FAILED', reason = 'refused', ended_at = UTC_TIMESTAMP(3), due_at = NULL, version = version + 1
     WHERE payment_id = in_payment_id AND state = 'CREATED';
    IF ROW_COUNT() = 1 THEN
        CALL payment_ended(v_order_id);
        CALL order_event_append(v_order_id, 'payment.failed', JSON_OBJECT('payment_id', CAST(in_payment_id AS CHAR), 'reason', 'refused'));
    END IF;
    COMMIT;
    SELECT 200 AS status, payment_json(in_payment_id) AS body;
END
