-- payment_closed: records that a provider will take no money for an attempt any more.
--
-- in_payment_id  the attempt
-- in_result      what the provider said, e.g. 'closed'; kept as the reason
-- Returns        200 and the payment; one that had ended before stays as it is
-- Errors         30004 not_found · 30015 slot.moved
-- Locks          slot_owner, orders, payment, payment_case, order_event, outbox
-- Example        CALL payment_closed(5678, 'closed');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_closed(
    IN in_payment_id BIGINT,
    IN in_result VARCHAR(32)
)
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
       SET state = 'VOIDED', reason = in_result, ended_at = UTC_TIMESTAMP(3), due_at = NULL, version = version + 1
     WHERE payment_id = in_payment_id AND state IN ('CREATED', 'SUBMITTED', 'AUTHORISED');
    IF ROW_COUNT() = 1 THEN
        CALL payment_case_end('payment_stuck', in_payment_id, 'the provider has closed it');
        CALL payment_ended(v_order_id);
        CALL order_event_append(v_order_id, 'payment.voided', JSON_OBJECT('payment_id', CAST(in_payment_id AS CHAR)));
    END IF;
    COMMIT;
    SELECT 200 AS status, payment_json(in_payment_id) AS body;
END
