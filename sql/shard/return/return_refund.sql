-- return_refund: the buyer gets the money for the units that came back.
--
-- Parameters
--   in_return_id         BIGINT         the return; RECEIVED
--   in_account_id        BIGINT         who of the staff
--   in_idempotency_key   VARCHAR(255)   required by the row
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
--   in_if_match          BIGINT         version the caller saw; NULL: any
--   in_refund_id         BIGINT         new id in the slot of the return
--   in_amount            BIGINT         minor units, at most what return_amount says; NULL: all of it
-- Returns  one row: status INT, body JSON, etag
--   200 the return as return_json, REFUNDED
-- Errors   30004 not_found · 30013 precondition.failed · 31004 return.state: <state> · 30003 request.invalid: amount · 30607 refund.exceeds ·
--          30608 refund.nothing ·
--          30021 idempotency.mismatch · 30022 idempotency.in_progress · 30015 slot.moved
-- Locks    slot_owner, idempotency, orders, order_return, payment, refund, ledger_entry, order_event, outbox
-- Example  CALL return_refund(6001, 640, NULL, NULL, NULL, 9876, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE return_refund(
    in_return_id BIGINT, in_account_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32),
    in_if_match BIGINT, in_refund_id BIGINT, in_amount BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'RECEIVED becomes REFUNDED'
BEGIN
    DECLARE v_order_id BIGINT;
    DECLARE v_amount, v_paid BIGINT;
    DECLARE v_message VARCHAR(128);
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL return_begin(in_return_id, 'return_refund', in_idempotency_key, in_body_hash, v_order_id, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        SET v_amount = COALESCE(in_amount, return_amount(in_return_id));
        IF v_amount > return_amount(in_return_id) THEN
            SET v_message = CONCAT('request.invalid: amount: at most ', return_amount(in_return_id));
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = v_message;
        END IF;
        UPDATE order_return
           SET state = 'REFUNDED', ended_at = UTC_TIMESTAMP(3), refund_amount = v_amount,
               refund_id = IF(v_amount > 0, in_refund_id, NULL), version = version + 1
         WHERE return_id = in_return_id AND state = 'RECEIVED' AND version = COALESCE(in_if_match, version);
        IF ROW_COUNT() = 0 THEN
            CALL return_refuse(in_return_id, in_if_match);
        END IF;
        IF v_amount > 0 THEN
            CALL refund_request(v_order_id, in_refund_id, v_amount, 'return', NULL, in_account_id, v_paid);
        END IF;
        CALL return_end(in_return_id, 'return_refund', in_idempotency_key, in_account_id, 'return.refunded', v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
