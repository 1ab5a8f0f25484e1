-- claim_move_dropped: the claim on the old address is gone: a change of address, or a deletion, has ended.
--
-- Parameters
--   in_account_id   BIGINT         the account (id)
--   in_email        VARCHAR(254)   the old address
-- Returns  one row: status INT, body JSON
--   200 {}; the same again changes nothing
-- Errors   none of its own
-- Locks    claim_move (the row)
-- Example  CALL claim_move_dropped(171798691840, 'a@example.org');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE claim_move_dropped(in_account_id BIGINT, in_email VARCHAR(254))
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'ends a change of address'
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    DELETE FROM claim_move WHERE account_id = in_account_id AND state = 'applied' AND old_email = in_email;
    COMMIT;

    SELECT 200 AS status, '{}' AS body;
END
