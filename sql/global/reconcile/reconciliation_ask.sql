-- reconciliation_ask: staff wants a day compared, for the first time or again; the worker does it within seconds.
--
-- Parameters
--   in_channel           VARCHAR(16)    payment channel
--   in_day               VARCHAR(10)    day of the provider, 2026-11-28
--   in_account_id        BIGINT         account of the staff
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
-- Returns  one row: status INT, body JSON
--   202 the counts of reconciliation_json; asked_at stands there until it was compared
-- Errors   30003 request.invalid: day · 30021 idempotency.mismatch · 30022 idempotency.in_progress
-- Locks    idempotency, reconciliation
-- Example  CALL reconciliation_ask('sandbox', '2026-11-28', 42, NULL, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE reconciliation_ask(
    in_channel VARCHAR(16), in_day VARCHAR(10), in_account_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'staff wants a day compared'
BEGIN
    DECLARE v_day DATE DEFAULT reconciliation_day(in_day);
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'reconciliation_ask', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        INSERT INTO reconciliation (channel, day, state, runs, lines_n, matched_n, asked_at)
        VALUES (in_channel, v_day, 'asked', 0, 0, 0, UTC_TIMESTAMP(3))
            ON DUPLICATE KEY UPDATE asked_at = UTC_TIMESTAMP(3);
        SET v_status = 202, v_body = reconciliation_json(in_channel, v_day);
        CALL idempotency_store(in_account_id, 'reconciliation_ask', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;
    SELECT v_status AS status, v_body AS body;
END
