-- reconciliation_close: a person has settled a difference. Nothing is booked by it: what is in the ledger stays as it is.
--
-- Parameters
--   in_channel           VARCHAR(16)    payment channel
--   in_day               VARCHAR(10)    day of the provider, 2026-11-28
--   in_class             VARCHAR(24)    missing_order, wrong_amount, …
--   in_reference         VARCHAR(80)    as reconciliation_get gave it
--   in_note              VARCHAR(500)   how it was settled
--   in_account_id        BIGINT         account of the staff
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
-- Returns  one row: status INT, body JSON
--   200 as reconciliation_difference_json gives it, closed; one that was closed before stays as it is
-- Errors   30003 request.invalid: day · 30004 not_found · 30021 idempotency.mismatch · 30022 idempotency.in_progress
-- Locks    idempotency, reconciliation_difference
-- Example  CALL reconciliation_close('sandbox', '2026-11-28', 'missing_order', 'capture sbx_1', 'A test of theirs', 42, NULL, NULL);
--
-- It stays closed, whatever a later run finds of it.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE reconciliation_close(
    in_channel VARCHAR(16), in_day VARCHAR(10), in_class VARCHAR(24), in_reference VARCHAR(80), in_note VARCHAR(500),
    in_account_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a person has settled a difference'
BEGIN
    DECLARE v_day DATE DEFAULT reconciliation_day(in_day);
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'reconciliation_close', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        UPDATE reconciliation_difference
           SET state = 'closed', note = in_note, closed_by = in_account_id, closed_at = UTC_TIMESTAMP(3)
         WHERE channel = in_channel AND day = v_day AND class = in_class AND reference = in_reference AND state = 'open';
        SET v_status = 200, v_body = reconciliation_difference_json(in_channel, v_day, in_class, in_reference);
        IF v_body IS NULL THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such difference';
        END IF;
        CALL idempotency_store(in_account_id, 'reconciliation_close', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;
    SELECT v_status AS status, v_body AS body;
END
