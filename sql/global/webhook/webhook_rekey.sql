-- webhook_rekey: a new secret; for a while the old one signs too, so that the receiver can change over.
--
-- Parameters
--   in_endpoint_id  BIGINT         the endpoint
--   in_account_id, in_idempotency_key, in_body_hash  whose request it is, and under which key
--   in_overlap_s    BIGINT         seconds the old one goes on signing, 0 … 604800
--   in_secret       VARCHAR(128)   the new secret
-- Returns  one row: status INT, body JSON, etag
--   200 as webhook_json, and "secret": shown here, to who repeats this under its key, and never again
-- Errors   30004 not_found · 30021 idempotency.mismatch · 30022 idempotency.in_progress
-- Locks    idempotency, then webhook (the row)
-- Example  CALL webhook_rekey(1281, 640, NULL, NULL, 86400, 'whsec_…');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE webhook_rekey(
    in_endpoint_id BIGINT, in_account_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32),
    in_overlap_s BIGINT, in_secret VARCHAR(128)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a new secret'
BEGIN
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'webhook_rekey', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        UPDATE webhook
           SET old_secret = secret, old_secret_until = UTC_TIMESTAMP(3) + INTERVAL in_overlap_s SECOND, version = version + 1
         WHERE endpoint_id = in_endpoint_id;
        IF ROW_COUNT() = 0 THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such endpoint';
        END IF;
        UPDATE webhook SET secret = in_secret WHERE endpoint_id = in_endpoint_id;
        SET v_status = 200, v_etag = (SELECT CONCAT('v', version) FROM webhook WHERE endpoint_id = in_endpoint_id),
            v_body = JSON_SET(webhook_json(in_endpoint_id), '$.secret', SHA2(in_secret, 256));
        CALL idempotency_store(in_account_id, 'webhook_rekey', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    SET v_body = webhook_secret_show(v_body);
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
