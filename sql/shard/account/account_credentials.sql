-- account_credentials: what an account's password is checked against.
--
-- Parameters
--   in_account_id   BIGINT   the account (id)
-- Returns  one row: status INT, body JSON
--   200 {"account_id": "…", "email": "…", "password_hash": "…", "name": "…"}; {} when there is none
-- Errors   none
-- Locks    none
-- Example  CALL account_credentials(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE account_credentials(in_account_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'what a password is checked against'
BEGIN
    SELECT 200 AS status,
           COALESCE(MAX(JSON_OBJECT('account_id', CAST(account_id AS CHAR), 'email', email, 'password_hash', password_hash,
                                    'name', name)), '{}') AS body
      FROM account
     WHERE account_id = in_account_id AND deleted_at IS NULL;
END
