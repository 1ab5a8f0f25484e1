-- idempotency_purge: forgets answers stored more than 24 hours ago, one small batch a call.
--
-- Parameters
--   in_limit        BIGINT   records at most, 1 … 10000
-- Returns  one row: status INT, body JSON
--   200 {"purged": n}
-- Errors   none of its own
-- Locks    idempotency, the oldest first
-- Example  CALL idempotency_purge(500);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE idempotency_purge(in_limit BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'forgets old stored answers'
BEGIN
    DECLARE v_purged BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    DELETE FROM idempotency
     WHERE created_at < UTC_TIMESTAMP(3) - INTERVAL 24 HOUR
     ORDER BY created_at
     LIMIT in_limit;
    SET v_purged = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('purged', v_purged + 0) AS body;
END
