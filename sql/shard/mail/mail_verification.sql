-- mail_verification: writes the mail that lets an account's owner prove to read its address; when the address is another
-- account's for good, the mail says so instead.
--
-- Parameters
--   in_mail_id      BIGINT   the new mail (id)
--   in_account_id   BIGINT   the account (id); its address is of its own slot
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    the new row of mail
-- Example  CALL mail_verification(171798691841, 171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE mail_verification(in_mail_id BIGINT, in_account_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'asks for proof of an address'
BEGIN
    INSERT INTO mail (mail_id, kind, urgent, account_id, email, data, state, due_at, created_at)
    SELECT in_mail_id, IF(c.account_id <> a.account_id AND c.verified_at IS NOT NULL, 'account_exists', 'verify'), 1,
           a.account_id, a.email, '{}', 'pending', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)
      FROM account a
      LEFT JOIN login_claim c ON c.email = a.email
     WHERE a.account_id = in_account_id;
END
