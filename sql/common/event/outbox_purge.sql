-- outbox_purge: forgets events that are done, one small batch a call.
--
-- Parameters
--   in_age_s        BIGINT   seconds since an event was written, 1 …
--   in_limit        BIGINT   events at most, 1 … 10000
-- Returns  one row: status INT, body JSON
--   200 {"purged": n}
-- Errors   none of its own
-- Locks    outbox, the oldest first
-- Example  CALL outbox_purge(300, 2000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE outbox_purge(
    in_age_s BIGINT,
    in_limit BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'forgets events that are done'
BEGIN
    DECLARE v_purged BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    DELETE FROM outbox
     WHERE status = 'done' AND created_at < UTC_TIMESTAMP(3) - INTERVAL in_age_s SECOND
     ORDER BY created_at
     LIMIT in_limit;
    SET v_purged = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('purged', v_purged + 0) AS body;
END
