-- reconciliation_finish: a statement was read to its end; open differences that this run did not find again are closed.
--
-- Parameters
--   in_channel      VARCHAR(16)   payment channel
--   in_day          VARCHAR(10)   day of the provider
--   in_run          BIGINT        as reconciliation_begin gave it
--   in_lines        BIGINT        lines of the statement
--   in_matched      BIGINT        of them as they are in our books
-- Returns  one row: status INT, body JSON
--   200 the report, as reconciliation_get gives it, without items
-- Errors   none
-- Locks    reconciliation, reconciliation_difference
-- Example  CALL reconciliation_finish('sandbox', '2026-11-28', 1, 100, 98);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE reconciliation_finish(
    in_channel VARCHAR(16), in_day VARCHAR(10), in_run BIGINT, in_lines BIGINT, in_matched BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'ends a reconciliation'
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE reconciliation
       SET state = 'done', lines_n = in_lines, matched_n = in_matched, finished_at = UTC_TIMESTAMP(3),
           asked_at = IF(asked_at > started_at, asked_at, NULL) -- asked for again meanwhile
     WHERE channel = in_channel AND day = in_day AND runs = in_run;
    IF ROW_COUNT() = 1 THEN
        UPDATE reconciliation_difference
           SET state = 'closed', closed_at = UTC_TIMESTAMP(3)
         WHERE channel = in_channel AND day = in_day AND state = 'open' AND run < in_run;
    END IF;
    COMMIT;
    SELECT 200 AS status, reconciliation_json(in_channel, in_day) AS body;
END
