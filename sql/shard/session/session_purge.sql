-- session_purge: forgets sessions whose last refresh token has expired, one small batch a call.
--
-- Parameters
--   in_limit   BIGINT   sessions at most, 1 … 10000
-- Returns  one row: status INT, body JSON
--   200 {"purged": 12}
-- Errors   none of its own
-- Locks    session_family, the oldest first
-- Example  CALL session_purge(500);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE session_purge(in_limit BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'forgets expired sessions'
BEGIN
    DECLARE v_purged BIGINT;

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    DELETE FROM session_family WHERE expires_at < UTC_TIMESTAMP(3) ORDER BY expires_at LIMIT in_limit;
    SET v_purged = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, CONCAT('{"purged":', v_purged, '}') AS body;
END
