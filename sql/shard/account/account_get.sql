-- account_get: the caller's account.
--
-- Parameters
--   in_account_id   BIGINT   the account (id)
-- Returns  one row: status INT, body JSON, etag
--   200 {"account_id": "…", "email": "…", "name": "…", "created_at": "…", "version": 1}
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL account_get(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE account_get(in_account_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'one account'
BEGIN
    DECLARE v_body LONGTEXT DEFAULT account_json(in_account_id);

    IF v_body IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;

    SELECT 200 AS status, v_body AS body, CONCAT('v', JSON_VALUE(v_body, '$.version')) AS etag;
END
