-- login_claim_drop: an account gives an address up; who has stood behind it longest has it then, without proof.
--
-- Parameters
--   in_email        VARCHAR(254)   the address
--   in_account_id   BIGINT         the account (id)
--   in_slot         BIGINT         slot of the address
-- Returns  one row: status INT, body JSON
--   200 {}; the same again changes nothing
-- Errors   30015 slot.moved
-- Locks    slot_owner (shared), login_claim (the address), login_rival (of the address)
-- Example  CALL login_claim_drop('a@example.org', 171798691840, 7);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE login_claim_drop(
    in_email      VARCHAR(254),
    in_account_id BIGINT,
    in_slot       BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'gives up an address'
BEGIN
    DECLARE v_next BIGINT;

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_slot);
    DELETE FROM login_claim WHERE email = in_email AND account_id = in_account_id;
    DELETE FROM login_rival WHERE email = in_email AND account_id = in_account_id;
    IF NOT EXISTS (SELECT 1 FROM login_claim WHERE email = in_email) THEN
        SET v_next = (SELECT account_id FROM login_rival WHERE email = in_email ORDER BY created_at, account_id LIMIT 1);
        INSERT INTO login_claim (email, account_id, slot, created_at)
        SELECT email, account_id, slot, created_at FROM login_rival WHERE email = in_email AND account_id = v_next;
        DELETE FROM login_rival WHERE email = in_email AND account_id = v_next;
    END IF;
    COMMIT;

    SELECT 200 AS status, '{}' AS body;
END
