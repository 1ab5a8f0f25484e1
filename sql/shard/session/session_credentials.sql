-- session_credentials: what a sign-in is checked against. The hash never leaves the process that asks.
--
-- Parameters
--   in_email   VARCHAR(254)   normalised
-- Returns  one row: status INT, body JSON
--   200 {"account_id": "…", "password_hash": "$argon2id$…", "name": "…"}
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL session_credentials('a@example.org');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE session_credentials(in_email VARCHAR(254))
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'what a sign-in is checked against'
BEGIN
    DECLARE v_body LONGTEXT DEFAULT (
        SELECT JSON_OBJECT('account_id', CAST(account.account_id AS CHAR), 'password_hash', account.password_hash,
                           'name', account.name)
          FROM login_claim
          JOIN account ON account.account_id = login_claim.account_id
         WHERE login_claim.email = in_email);

    IF v_body IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;

    SELECT 200 AS status, v_body AS body;
END
