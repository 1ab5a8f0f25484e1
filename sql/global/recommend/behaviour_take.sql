-- behaviour_take: takes what a visitor did, to be learnt from later.
--
-- Parameters
--   in_account_id       BIGINT         who is calling; NULL: nobody known
--   in_session_id       VARCHAR(64)    what the browser calls its visit; needed where nobody is known
--   in_idempotency_key  VARCHAR(255)   NULL: none
--   in_body_hash        VARBINARY(32)  SHA-256 of the raw body
--   in_events           LONGTEXT       JSON array of {type: view|cart|purchase, product_id, at?}, 1 … 100
-- Returns  one row: status INT, body JSON
--   202 {"accepted": n}
-- Errors   30003 request.invalid · 30021 idempotency.mismatch
-- Locks    the new row of behaviour_batch: one insert, whatever stands in it
-- Example  CALL behaviour_take(640, NULL, NULL, UNHEX(SHA2('', 256)), '[{"type": "view", "product_id": "7"}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE behaviour_take(
    in_account_id BIGINT, in_session_id VARCHAR(64), in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32),
    in_events LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'takes what a visitor did'
BEGIN
    DECLARE v_visitor VARCHAR(80) DEFAULT COALESCE(CONCAT('a', in_account_id), CONCAT('s', in_session_id));
    DECLARE v_batch_id CHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
    DECLARE v_hash VARBINARY(32);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF v_visitor IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: session_id: needed without a token';
    END IF;
    IF EXISTS (SELECT 1 FROM JSON_TABLE(in_events, '$[*]' COLUMNS (at VARCHAR(40) PATH '$.at')) j
                WHERE j.at IS NOT NULL AND STR_TO_DATE(LEFT(j.at, 19), '%Y-%m-%dT%H:%i:%s') IS NULL) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: events: at is no time';
    END IF;

    SET v_batch_id = SHA2(COALESCE(CONCAT(v_visitor, ' ', in_idempotency_key), CAST(UUID() AS CHAR)), 256);
    START TRANSACTION;
    INSERT INTO behaviour_batch (batch_id, visitor, body_hash, events, created_at)
    VALUES (v_batch_id, v_visitor, in_body_hash, in_events, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE batch_id = behaviour_batch.batch_id;
    SELECT body_hash INTO v_hash FROM behaviour_batch WHERE batch_id = v_batch_id;
    IF NOT v_hash <=> in_body_hash THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30021, MESSAGE_TEXT = 'idempotency.mismatch';
    END IF;
    COMMIT;

    SELECT 202 AS status, JSON_OBJECT('accepted', JSON_LENGTH(in_events)) AS body;
END
