-- login_claim_take: an account that was opened with another address takes this one, which its owner has proved.
--
-- Parameters
--   in_email        VARCHAR(254)   the new address
--   in_account_id   BIGINT         the account (id), of whatever slot
--   in_slot         BIGINT         slot of the address
-- Returns  one row: status INT, body JSON
--   200 {"claimed": 1}, also when it was done before; 0: another account has the address for good
-- Errors   30015 slot.moved
-- Locks    slot_owner (shared), login_claim (the address), login_rival (of the address)
-- Example  CALL login_claim_take('b@example.org', 171798691840, 7);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE login_claim_take(
    in_email      VARCHAR(254),
    in_account_id BIGINT,
    in_slot       BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'claims a new address'
BEGIN
    DECLARE v_claimed TINYINT DEFAULT 0;

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_slot);
    IF NOT EXISTS (SELECT 1 FROM login_claim
                    WHERE email = in_email AND account_id <> in_account_id AND verified_at IS NOT NULL FOR UPDATE) THEN
        CALL login_claim_seize(in_email, in_account_id, in_slot);
        SET v_claimed = 1;
    END IF;
    COMMIT;

    SELECT 200 AS status, CONCAT('{"claimed": ', v_claimed, '}') AS body;
END
