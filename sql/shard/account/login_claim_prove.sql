-- login_claim_prove: an account's owner has proved to read mail to its address.
--
-- Parameters
--   in_email        VARCHAR(254)   the account's address, of its own slot
--   in_account_id   BIGINT         the account (id)
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30101 account.email_taken: another account's owner had proved it before · 30103 account.token_invalid: the
--          account has another address by now
-- Locks    login_claim (the address), login_rival (of the address), account (the row)
-- Example  CALL login_claim_prove('a@example.org', 171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE login_claim_prove(in_email VARCHAR(254), in_account_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'an account has proved its address'
BEGIN
    IF NOT EXISTS (SELECT 1 FROM account WHERE account_id = in_account_id AND email = in_email AND deleted_at IS NULL) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30103, MESSAGE_TEXT = 'account.token_invalid';
    END IF;
    CALL login_claim_seize(in_email, in_account_id, in_account_id & 255);
    UPDATE account
       SET email_verified_at = UTC_TIMESTAMP(3), version = version + 1, changed_at = UTC_TIMESTAMP(3)
     WHERE account_id = in_account_id AND email_verified_at IS NULL;
END
