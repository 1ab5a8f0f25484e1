-- login_claim_prove: an account's owner has proved to read mail to its address: from now on the address is this account's.
--
-- Parameters
--   in_email        VARCHAR(254)   the account's address, of its own slot
--   in_account_id   BIGINT         the account (id)
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30101 account.email_taken: another account's owner had proved it before
-- Locks    login_claim (the address), login_rival (of the address), account (the row)
-- Example  CALL login_claim_prove('a@example.org', 171798691840);
--
-- Who had the address without proof stands behind from now on.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE login_claim_prove(in_email VARCHAR(254), in_account_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'gives an address to who proved it'
BEGIN
    INSERT INTO login_rival (email, account_id, slot, created_at)
    SELECT email, account_id, slot, created_at
      FROM login_claim
     WHERE email = in_email AND account_id <> in_account_id AND verified_at IS NULL
       FOR UPDATE;
    UPDATE login_claim
       SET account_id = in_account_id, verified_at = COALESCE(verified_at, UTC_TIMESTAMP(3))
     WHERE email = in_email AND (account_id = in_account_id OR verified_at IS NULL);
    IF NOT EXISTS (SELECT 1 FROM login_claim WHERE email = in_email AND account_id = in_account_id) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30101, MESSAGE_TEXT = 'account.email_taken';
    END IF;
    DELETE FROM login_rival WHERE email = in_email AND account_id = in_account_id;
    UPDATE account
       SET email_verified_at = UTC_TIMESTAMP(3), version = version + 1, changed_at = UTC_TIMESTAMP(3)
     WHERE account_id = in_account_id AND email_verified_at IS NULL;
END
