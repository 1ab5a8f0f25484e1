-- recommend_purge: forgets what came in more than seven days ago and has been learnt from, and interests of a year ago.
--
-- Parameters
--   in_limit  BIGINT  rows at most, of each
-- Returns  one row: status INT, body JSON
--   200 {"purged": n}
-- Errors   none of its own
-- Locks    behaviour_batch, interest (oldest first)
-- Example  CALL recommend_purge(500);
--
-- What was bought is kept: it must not be offered again.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE recommend_purge(in_limit BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'forgets old behaviour'
BEGIN
    DECLARE v_purged BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    DELETE FROM behaviour_batch WHERE learnt = 1 AND created_at < UTC_TIMESTAMP(3) - INTERVAL 7 DAY
     ORDER BY created_at LIMIT in_limit;
    SET v_purged = ROW_COUNT();
    DELETE FROM interest WHERE at < UTC_TIMESTAMP(3) - INTERVAL 365 DAY AND bought = 0 ORDER BY at LIMIT in_limit;
    SET v_purged = v_purged + ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('purged', v_purged + 0) AS body;
END
