-- account_verification: sends the mail that lets the owner prove to read the account's address once more.
--
-- Parameters
--   in_account_id   BIGINT   the account (id)
--   in_mail_id      BIGINT   the new mail (id)
-- Returns  one row: status INT, body JSON
--   202 {"email": "…", "email_verified": false}; nothing is sent when it is true
-- Errors   30004 not_found
-- Locks    slot_owner (shared), mail
-- Example  CALL account_verification(171798691840, 171798691841);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE account_verification(in_account_id BIGINT, in_mail_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'sends the mail of verification again'
BEGIN
    DECLARE v_email VARCHAR(254);
    DECLARE v_verified_at DATETIME(3);

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_account_id);
    SELECT MAX(email), MAX(email_verified_at) INTO v_email, v_verified_at
      FROM account
     WHERE account_id = in_account_id AND deleted_at IS NULL;
    IF v_email IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    IF v_verified_at IS NULL THEN
        CALL mail_verification(in_mail_id, in_account_id);
    END IF;
    COMMIT;

    SELECT 202 AS status,
           CONCAT('{"email": ', JSON_QUOTE(v_email), ', "email_verified": ', IF(v_verified_at IS NULL, 'false', 'true'), '}') AS body;
END
