-- webhook_purge: forgets deliveries that ended long ago, one small batch a call.
--
-- Parameters
--   in_age_s        BIGINT   seconds since they were stored
--   in_limit        BIGINT   deliveries at most, 1 … 10000
-- Returns  one row: status INT, body JSON
--   200 {"purged": n}
-- Errors   none of its own
-- Locks    webhook_delivery, the oldest first
-- Example  CALL webhook_purge(2592000, 2000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE webhook_purge(
    in_age_s BIGINT,
    in_limit BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'forgets old deliveries'
BEGIN
    DECLARE v_purged BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    DELETE FROM webhook_delivery
     WHERE state IN ('delivered', 'failed') AND created_at < UTC_TIMESTAMP(3) - INTERVAL in_age_s SECOND
     LIMIT in_limit;
    SET v_purged = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('purged', v_purged + 0) AS body;
END
