-- login_claim_want: a new account would like to be signed in to with an address: it has it when it is the first, else it
-- stands behind the one that has.
--
-- Parameters
--   in_email        VARCHAR(254)   normalised
--   in_account_id   BIGINT         the account (id)
--   in_slot         BIGINT         slot of the address
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    login_claim (the address), login_rival (of the address)
-- Example  CALL login_claim_want('a@example.org', 171798691840, 7);
--
-- Behind the first at most eight stand, so that nobody makes signing in slow for others.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE login_claim_want(
    in_email      VARCHAR(254),
    in_account_id BIGINT,
    in_slot       BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'claims an address to sign in with'
BEGIN
    INSERT INTO login_claim (email, account_id, slot, created_at)
    VALUES (in_email, in_account_id, in_slot, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE email = login_claim.email;

    INSERT INTO login_rival (email, account_id, slot, created_at)
    SELECT in_email, in_account_id, in_slot, UTC_TIMESTAMP(3)
      FROM (SELECT COUNT(*) AS n FROM login_rival WHERE email = in_email) r
     WHERE r.n < 8
       AND NOT EXISTS (SELECT 1 FROM login_claim WHERE email = in_email AND account_id = in_account_id);
END
