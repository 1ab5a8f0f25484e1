-- account_token_use: takes a token: it works once, and ends the account's others of its purpose.
--
-- Parameters
--   in_account_id   BIGINT         whose account it should open
--   in_token_id     BIGINT         the token
--   in_hash         VARBINARY(32)  SHA-256 of what the person brought
--   in_purposes     VARCHAR(64)    what it may be for, by comma
--   out_purpose     VARCHAR(16)    what it is for
--   out_email       VARCHAR(254)   the address that it proves
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30103 account.token_invalid: none, used, expired, or for something else
-- Locks    account_token (the row, then those of the account)
-- Example  CALL account_token_use(in_account_id, in_token_id, in_hash, 'verify', v_purpose, v_email);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE account_token_use(
    IN  in_account_id BIGINT,
    IN  in_token_id   BIGINT,
    IN  in_hash       VARBINARY(32),
    IN  in_purposes   VARCHAR(64),
    OUT out_purpose   VARCHAR(16),
    OUT out_email     VARCHAR(254)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'takes a single-use token'
BEGIN
    UPDATE account_token
       SET used_at = UTC_TIMESTAMP(3)
     WHERE token_id = in_token_id AND account_id = in_account_id AND hash = in_hash AND used_at IS NULL
       AND expires_at > UTC_TIMESTAMP(3) AND FIND_IN_SET(purpose, in_purposes) > 0;
    IF ROW_COUNT() <> 1 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30103, MESSAGE_TEXT = 'account.token_invalid';
    END IF;
    SELECT purpose, email INTO out_purpose, out_email FROM account_token WHERE token_id = in_token_id;
    UPDATE account_token
       SET used_at = UTC_TIMESTAMP(3)
     WHERE account_id = in_account_id AND purpose = out_purpose AND used_at IS NULL;
END
