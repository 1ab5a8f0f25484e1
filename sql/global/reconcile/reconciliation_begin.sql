-- reconciliation_begin: a statement is about to be read, for the first time or again.
--
-- Parameters
--   in_channel      VARCHAR(16)   payment channel
--   in_day          VARCHAR(10)   day of the provider, 2026-11-28
-- Returns  one row: status INT, body JSON
--   200 {"run": number of this run}
-- Errors   30003 request.invalid: day
-- Locks    reconciliation
-- Example  CALL reconciliation_begin('sandbox', '2026-11-28');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE reconciliation_begin(in_channel VARCHAR(16), in_day VARCHAR(10))
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'begins a reconciliation'
BEGIN
    DECLARE v_day DATE DEFAULT reconciliation_day(in_day);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    INSERT INTO reconciliation (channel, day, state, runs, lines_n, matched_n, started_at)
    VALUES (in_channel, v_day, 'running', 1, 0, 0, UTC_TIMESTAMP(3))
        ON DUPLICATE KEY UPDATE state = 'running', runs = runs + 1, started_at = UTC_TIMESTAMP(3);
    COMMIT;
    SELECT 200 AS status, JSON_OBJECT('run', runs) AS body FROM reconciliation WHERE channel = in_channel AND day = v_day;
END
