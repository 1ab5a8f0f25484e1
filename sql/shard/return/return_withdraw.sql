-- return_withdraw: the buyer does not want to send the units back after all.
--
-- Parameters
--   in_return_id         BIGINT         the return; REQUESTED or APPROVED
--   in_account_id        BIGINT         the caller, whose order it is of
--   in_order_id          BIGINT         that order
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
--   in_if_match          BIGINT         version the caller saw; NULL: any
-- Returns  one row: status INT, body JSON, etag
--   200 the return as return_json, WITHDRAWN; its units may be asked for again
-- Errors   30004 not_found · 30013 precondition.failed · 31004 return.state: <state> ·
--          30021 idempotency.mismatch · 30022 idempotency.in_progress · 30015 slot.moved
-- Locks    slot_owner, idempotency, orders, order_return, order_event, outbox
-- Example  CALL return_withdraw(6001, 640, 171798691840, NULL, NULL, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE return_withdraw(
    in_return_id BIGINT, in_account_id BIGINT, in_order_id BIGINT, in_idempotency_key VARCHAR(255),
    in_body_hash VARBINARY(32), in_if_match BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'REQUESTED or APPROVED becomes WITHDRAWN'
BEGIN
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_order_id);
    CALL idempotency_claim(in_account_id, 'return_withdraw', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        CALL order_lock(in_order_id, in_account_id, NULL, NULL);
        IF NOT EXISTS (SELECT 1 FROM order_return WHERE return_id = in_return_id AND order_id = in_order_id) THEN
            CALL return_refuse(NULL, NULL);
        END IF;
        UPDATE order_return
           SET state = 'WITHDRAWN', ended_at = UTC_TIMESTAMP(3), version = version + 1
         WHERE return_id = in_return_id AND state IN ('REQUESTED', 'APPROVED') AND version = COALESCE(in_if_match, version);
        IF ROW_COUNT() = 0 THEN
            CALL return_refuse(in_return_id, in_if_match);
        END IF;
        CALL order_event_append(in_order_id, 'return.withdrawn', return_event_json(in_return_id));

        SELECT 200, return_json(return_id), CONCAT('v', version) INTO v_status, v_body, v_etag
          FROM order_return
         WHERE return_id = in_return_id;
        CALL idempotency_store(in_account_id, 'return_withdraw', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
