-- mail_purge: forgets mail that ended more than 30 days ago, and tokens and wishes for another address that nobody can use, one small batch a call.
--
-- Parameters
--   in_limit   BIGINT   of each at most, 1 … 10,000
-- Returns  one row: status INT, body JSON
--   200 {"purged": n}: the larger of the two numbers
-- Errors   none of its own
-- Locks    mail, account_token, claim_move
-- Example  CALL mail_purge(500);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE mail_purge(in_limit BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'forgets old mail and tokens'
BEGIN
    DECLARE v_mails, v_tokens BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    DELETE FROM mail
     WHERE state IN ('sent', 'dropped', 'failed', 'pending') AND created_at < UTC_TIMESTAMP(3) - INTERVAL 30 DAY
     LIMIT in_limit;
    SET v_mails = ROW_COUNT();
    DELETE FROM account_token WHERE expires_at < UTC_TIMESTAMP(3) - INTERVAL 1 DAY ORDER BY expires_at LIMIT in_limit;
    SET v_tokens = ROW_COUNT();
    DELETE FROM claim_move WHERE state = 'asked' AND changed_at < UTC_TIMESTAMP(3) - INTERVAL 4 DAY LIMIT in_limit;
    COMMIT;

    SELECT 200 AS status, CONCAT('{"purged": ', GREATEST(v_mails, v_tokens), '}') AS body;
END
