-- mail_retry: a mail that was given up is tried again, for another day; one that waits is tried now.
--
-- Parameters
--   in_mail_id   BIGINT   the mail
-- Returns  one row: status INT, body JSON
--   200 {"mail_id": "…", "state": "pending"}
-- Errors   30004 not_found: there is no such mail, or it was sent
-- Locks    mail (the row)
-- Example  CALL mail_retry(171798691841);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE mail_retry(in_mail_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'tries a mail again'
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE mail
       SET state = 'pending', attempts = 0, ended_at = NULL, due_at = UTC_TIMESTAMP(3), created_at = UTC_TIMESTAMP(3)
     WHERE mail_id = in_mail_id AND state IN ('pending', 'failed') AND claim IS NULL;
    IF ROW_COUNT() = 0 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such mail to send';
    END IF;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('mail_id', CAST(in_mail_id AS CHAR), 'state', 'pending') AS body;
END
