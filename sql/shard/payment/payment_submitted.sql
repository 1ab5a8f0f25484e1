-- payment_submitted: records that the provider knows an attempt, and where the buyer pays it.
--
-- in_payment_id  the attempt
-- in_handle      the provider's number of it; NULL: it has none but ours
-- in_pay_url     where the buyer's browser goes; NULL: nowhere
-- in_code_url    what a QR code shows; NULL: nothing
-- Returns        200 and the payment; one that is CREATED no longer stays as it is
-- Errors         30004 not_found · 30015 slot.moved
-- Locks          slot_owner, orders, payment, order_event, outbox
-- Example        CALL payment_submitted(5678, 'cs_1', 'https://…', NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_submitted(
    IN in_payment_id BIGINT,
    IN in_handle VARCHAR(255),
    IN in_pay_url VARCHAR(2048),
    IN in_code_url VARCHAR(512)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
BEGIN
    DECLARE v_ask_s INT DEFAULT 20;
    DECLARE v_order_id BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_payment_id);
    SELECT order_id INTO v_order_id FROM payment WHERE payment_id = in_payment_id;
    IF v_order_id IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such payment';
    END IF;
    SELECT IF(state = 'PENDING_PAYMENT', v_ask_s, 0) INTO v_ask_s FROM orders WHERE order_id = v_order_id FOR UPDATE;
    UPDATE payment
       SET state = 'SUBMITTED', handle = in_handle, pay_url = in_pay_url, code_url = in_code_url, tries = 0,
           due_at = UTC_TIMESTAMP(3) + INTERVAL v_ask_s SECOND, version = version + 1
     WHERE payment_id = in_payment_id AND state = 'CREATED';
    IF ROW_COUNT() = 1 THEN
        CALL order_event_append(v_order_id, 'payment.submitted',
                                JSON_OBJECT('payment_id', CAST(in_payment_id AS CHAR)));
    END IF;
    COMMIT;
    SELECT 200 AS status, payment_json(in_payment_id) AS body;
END
