-- order_mark_paid: staff says that an order's money came past the providers: a bank transfer, cash.
--
-- Parameters
--   in_account_id        BIGINT         who of the staff
--   in_order_id          BIGINT         the order
--   in_payment_id        BIGINT         new id in the order's slot
--   in_idempotency_key   VARCHAR(255)   required by the row
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
--   in_if_match          BIGINT         version the caller saw; NULL: any
--   in_reference         VARCHAR(64)    where the money is found: of the bank statement, the receipt
--   in_note              VARCHAR(500)   for people; NULL: nothing
--   in_reference_again   TINYINT        1: that money pays other orders, too
--   in_used_by           BIGINT         another order that was marked under the reference; NULL: none is known
-- Returns  one row: status INT, body JSON, etag
--   200 the order as staff see it, PAID (ON_HOLD, when a rule holds it)
-- Errors   30004 not_found · 30013 precondition.failed · 30506 order.state: <state> ·
--          30609 payment.reference_used: <order> · 30021 idempotency.mismatch · 30022 idempotency.in_progress · 30015 slot.moved
-- Locks    slot_owner, idempotency, orders, payment, payment_callback, ledger_entry, payment_case, payment_reference,
--          order_event, outbox
-- Example  CALL order_mark_paid(640, 171798691840, 5678, 'key-1', UNHEX(SHA2('{}', 256)), NULL, 'Bank 2026-11-28/17', NULL,
--                               NULL, NULL);
--
-- It is a capture of all that was asked, of an attempt on a channel of its own, "manual": no provider knows it, none is asked
-- about it, and a refund of it is for a person. Attempts that are open are closed at their providers as with any capture; one
-- that is paid there all the same goes back. CLOSING is refused: there the providers' answers decide.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_mark_paid(
    in_account_id BIGINT, in_order_id BIGINT, in_payment_id BIGINT, in_idempotency_key VARCHAR(255),
    in_body_hash VARBINARY(32), in_if_match BIGINT, in_reference VARCHAR(64), in_note VARCHAR(500),
    in_reference_again TINYINT, in_used_by BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'PENDING_PAYMENT becomes PAID by hand'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_owner BIGINT;
    DECLARE v_status INT;
    DECLARE v_body, v_capture LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE v_used_text VARCHAR(128) DEFAULT CONCAT('payment.reference_used: order ', in_used_by);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    CALL payment_batch_open();
    START TRANSACTION;
    CALL slot_check(in_order_id);
    SELECT order_owner(in_order_id) INTO v_owner;
    CALL idempotency_claim(v_owner, 'order_mark_paid', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        CALL order_lock(in_order_id, NULL, in_if_match, 'PENDING_PAYMENT');
        IF in_used_by IS NOT NULL AND NOT COALESCE(in_reference_again, 0) THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30609, MESSAGE_TEXT = v_used_text;
        END IF;
        INSERT INTO payment_reference (reference, order_id, payment_id) VALUES (in_reference, in_order_id, in_payment_id)
            ON DUPLICATE KEY UPDATE reference = payment_reference.reference; -- claimed
        INSERT INTO payment (payment_id, order_id, account_id, channel, state, amount, currency, lease_until, expires_at,
                             created_at)
        SELECT in_payment_id, order_id, account_id, 'manual', 'SUBMITTED', total, currency, v_now, v_now, v_now
          FROM orders
         WHERE order_id = in_order_id;
        CALL order_event_append(in_order_id, 'payment.recorded', JSON_OBJECT(
            'payment_id', CAST(in_payment_id AS CHAR), 'channel', 'manual', 'internal', JSON_OBJECT(
                'reason', in_note, 'reference', in_reference, 'staff', CAST(in_account_id AS CHAR))));

        SELECT JSON_ARRAY(JSON_OBJECT(
                   'n', 0, 'payment_id', CAST(payment_id AS CHAR), 'channel', channel, 'order_id', CAST(order_id AS CHAR),
                   'amount', amount, 'currency', currency, 'event_id', CAST(payment_id AS CHAR),
                   'provider_ref', CAST(payment_id AS CHAR), 'refund_id', '0'))
          INTO v_capture
          FROM payment
         WHERE payment_id = in_payment_id;
        CALL payment_batch_read(v_capture);
        CALL payment_batch_write(v_now);
        UPDATE payment SET provider_ref = in_reference WHERE payment_id = in_payment_id AND state = 'CAPTURED';
        IF ROW_COUNT() = 0 THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'internal: an order that is marked is not paid';
        END IF;

        SELECT 200, order_staff_json(order_id), CONCAT('v', version) INTO v_status, v_body, v_etag
          FROM orders
         WHERE order_id = in_order_id;
        CALL idempotency_store(v_owner, 'order_mark_paid', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
