-- login_claim_seize: an address becomes an account's for good, since its owner reads mail there. Who had it without proof
-- stands behind from now on.
--
-- Parameters
--   in_email        VARCHAR(254)   normalised
--   in_account_id   BIGINT         the account (id), of whatever slot
--   in_slot         BIGINT         slot of the address
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30101 account.email_taken: another account's owner had proved it before
-- Locks    login_claim (the address), login_rival (of the address)
-- Example  CALL login_claim_seize('a@example.org', 171798691840, 7);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE login_claim_seize(
    in_email      VARCHAR(254),
    in_account_id BIGINT,
    in_slot       BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'gives an address to who proved it'
BEGIN
    INSERT INTO login_claim (email, account_id, slot, created_at)
    VALUES (in_email, in_account_id, in_slot, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE email = login_claim.email;
    INSERT INTO login_rival (email, account_id, slot, created_at)
    SELECT email, account_id, slot, created_at
      FROM login_claim
     WHERE email = in_email AND account_id <> in_account_id AND verified_at IS NULL;
    UPDATE login_claim
       SET account_id = in_account_id, verified_at = COALESCE(verified_at, UTC_TIMESTAMP(3))
     WHERE email = in_email AND (account_id = in_account_id OR verified_at IS NULL);
    IF NOT EXISTS (SELECT 1 FROM login_claim WHERE email = in_email AND account_id = in_account_id) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30101, MESSAGE_TEXT = 'account.email_taken';
    END IF;
    DELETE FROM login_rival WHERE email = in_email AND account_id = in_account_id;
END
