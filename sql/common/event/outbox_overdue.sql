-- outbox_overdue: events whose consumers have not said for long that they are done go to the stream once more.
--
-- Parameters
--   in_age_s        BIGINT   seconds since an event was published, 1 …
--   in_limit        BIGINT   events a call at most, 1 … 10000
-- Returns  one row: status INT, body JSON
--   200 {"again": n}
-- Errors   none of its own
-- Locks    outbox (by status and age)
-- Example  CALL outbox_overdue(60, 1000);
--
-- Covers what a stream cut too short lost, and what a consumer could not do and passed over.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE outbox_overdue(
    in_age_s BIGINT,
    in_limit BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'publishes again what nobody has done'
BEGIN
    DECLARE v_again BIGINT;
    DECLARE v_before DATETIME(3) DEFAULT UTC_TIMESTAMP(3) - INTERVAL in_age_s SECOND;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE outbox FORCE INDEX (outbox_status)
       SET status = 'new', waiting_for = ''
     WHERE status = 'published' AND created_at < v_before AND published_at < v_before
     ORDER BY status, created_at
     LIMIT in_limit;
    SET v_again = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('again', v_again + 0) AS body;
END
