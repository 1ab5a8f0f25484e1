-- What: removes stored answers older than 24 hours, one small batch a call.
-- Parameters: in_limit  records at most (1…10000)
-- Returns: 200 {"purged":n}
-- Errors: none of its own
-- Locks: the oldest records, in order of age
-- Example: CALL idempotency_purge(500)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE idempotency_purge(IN in_limit BIGINT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE v_purged BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        ROLLBACK;
        RESIGNAL;
    END;

    START TRANSACTION;
    DELETE FROM idempotency
     WHERE created_at < UTC_TIMESTAMP(3) - INTERVAL 24 HOUR
     ORDER BY created_at
     LIMIT in_limit;
    SET v_purged = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('purged', v_purged) AS body;
END
