-- flash_cancel: a flash sale does not take place, or ends at once. Orders it has already stay.
--
-- Parameters
--   in_sale_id, in_account_id, in_idempotency_key, in_body_hash  which; whose request it is, and under which key
--   in_if_match     BIGINT     the version the caller has seen; NULL: any
-- Returns  one row: status INT, body JSON, etag
--   200 as flash_json gives it
-- Errors   30004 not_found · 30013 precondition.failed · 30910 flash.state: <state> · 30021 idempotency.mismatch ·
--          30022 idempotency.in_progress
-- Locks    idempotency, flash_sale, broadcast, outbox
-- Example  CALL flash_cancel(7, 640, NULL, NULL, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_cancel(
    in_sale_id BIGINT, in_account_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32), in_if_match BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a flash sale is called off'
BEGIN
    DECLARE v_status INT;
    DECLARE v_version BIGINT;
    DECLARE v_state VARCHAR(16);
    DECLARE v_message VARCHAR(64);
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'flash_cancel', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        SELECT version + 1, state INTO v_version, v_state FROM flash_sale WHERE sale_id = in_sale_id FOR UPDATE;
        IF v_version IS NULL THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
        ELSEIF v_version - 1 <> in_if_match THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30013, MESSAGE_TEXT = 'precondition.failed';
        ELSEIF v_state NOT IN ('scheduled', 'open') THEN
            SET v_message = CONCAT('flash.state: ', v_state);
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30910, MESSAGE_TEXT = v_message;
        END IF;
        UPDATE flash_sale SET state = 'cancelled', version = v_version, updated_at = UTC_TIMESTAMP(3) WHERE sale_id = in_sale_id;
        CALL flash_tell(in_sale_id);
        SET v_status = 200, v_etag = CONCAT('v', v_version), v_body = flash_json(in_sale_id);
        CALL idempotency_store(in_account_id, 'flash_cancel', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
