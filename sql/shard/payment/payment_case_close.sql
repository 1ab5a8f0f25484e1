-- payment_case_close: a person has dealt with a case.
--
-- Parameters
--   in_case_id           BIGINT         the case
--   in_note              VARCHAR(500)   what was done
--   in_action            VARCHAR(8)     refund: what the provider took, less than was asked, is booked and goes back, and
--                                       the attempt ends; refunded: the money of a refund_by_hand, which ends by nothing
--                                       else, or of a refund_failed is back with the buyer; NULL: nothing, it was dealt with
--                                       elsewhere
--   in_account_id        BIGINT         account of the staff
--   in_refund_id         BIGINT         new id in the case's slot, for what goes back, or went
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
-- Returns  one row: status INT, body JSON, etag
--   200 the case, closed; one that was closed before stays as it is
-- Errors   30004 not_found · 30604 payment.state: it cannot be booked, or a
--          refund_by_hand is closed without saying refunded · 30021 idempotency.mismatch · 30022 · 30015 slot.moved
-- Locks    slot_owner, idempotency, orders, payment, payment_case, ledger_entry, refund, order_event, outbox;
--          order_cancel_finish
-- Example  CALL payment_case_close(99, 'Paid by cheque', NULL, 42, 100, NULL, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_case_close(
    in_case_id BIGINT, in_note VARCHAR(500), in_action VARCHAR(8), in_account_id BIGINT, in_refund_id BIGINT,
    in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a case is dealt with'
BEGIN
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE v_kind, v_state VARCHAR(24);
    DECLARE v_order_id BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_case_id);
    SELECT kind, order_id INTO v_kind, v_order_id FROM payment_case WHERE case_id = in_case_id;
    IF v_kind IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such case';
    END IF;
    CALL idempotency_claim(in_case_id, 'payment_case_close', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        SELECT order_id INTO v_order_id FROM orders WHERE order_id = v_order_id FOR UPDATE;
        SELECT state INTO v_state FROM payment_case WHERE case_id = in_case_id FOR UPDATE;
        IF v_state = 'open' AND in_action = 'refund' THEN
            CALL payment_case_refund(in_case_id, in_refund_id);
        ELSEIF v_state = 'open' AND in_action = 'refunded' AND v_kind = 'refund_failed' THEN
            CALL payment_case_repay(in_case_id, in_refund_id, in_account_id);
        ELSEIF v_state = 'open' AND (in_action = 'refunded' OR v_kind = 'refund_by_hand') THEN
            CALL payment_case_refunded(in_case_id, in_action);
        END IF;
        UPDATE payment_case
           SET state = 'closed', note = in_note, closed_by = in_account_id, closed_at = UTC_TIMESTAMP(3), version = version + 1
         WHERE case_id = in_case_id AND state = 'open';
        SELECT 200, payment_case_json(case_id), CONCAT('v', version) INTO v_status, v_body, v_etag
          FROM payment_case
         WHERE case_id = in_case_id;
        CALL idempotency_store(in_case_id, 'payment_case_close', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
