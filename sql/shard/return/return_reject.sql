-- return_reject: staff do not take the units back.
--
-- Parameters
--   in_return_id         BIGINT         the return; REQUESTED
--   in_account_id        BIGINT         who of the staff
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
--   in_if_match          BIGINT         version the caller saw; NULL: any
--   in_note              VARCHAR(500)   why; the buyer reads it
-- Returns  one row: status INT, body JSON, etag
--   200 the return as return_json, REJECTED
-- Errors   30004 not_found · 30013 precondition.failed · 31004 return.state: <state> ·
--          30021 idempotency.mismatch · 30022 idempotency.in_progress · 30015 slot.moved
-- Locks    slot_owner, idempotency, orders, order_return, order_event, outbox
-- Example  CALL return_reject(6001, 640, NULL, NULL, NULL, 'worn');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE return_reject(
    in_return_id BIGINT, in_account_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32),
    in_if_match BIGINT, in_note VARCHAR(500)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'REQUESTED becomes REJECTED'
BEGIN
    DECLARE v_order_id BIGINT;
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL return_begin(in_return_id, 'return_reject', in_idempotency_key, in_body_hash, v_order_id, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        UPDATE order_return
           SET state = 'REJECTED', ended_at = UTC_TIMESTAMP(3), note = in_note, version = version + 1
         WHERE return_id = in_return_id AND state = 'REQUESTED' AND version = COALESCE(in_if_match, version);
        IF ROW_COUNT() = 0 THEN
            CALL return_refuse(in_return_id, in_if_match);
        END IF;
        CALL return_end(in_return_id, 'return_reject', in_idempotency_key, in_account_id, 'return.rejected', v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
