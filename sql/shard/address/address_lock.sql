-- address_lock: takes the account's row, behind which all changes to its addresses queue up, and makes sure that the
-- address is there in the version meant. Internal: the caller's transaction is open.
--
-- Parameters
--   in_account_id    BIGINT   whose (id)
--   in_address_id    BIGINT   the address (id)
--   in_if_match      BIGINT   version; NULL: any
--   out_default_id   BIGINT   the account's default address (id)
-- Returns  nothing
-- Errors   30004 not_found (or somebody else's) · 30013 precondition.failed
-- Locks    account
-- Example  CALL address_lock(in_account_id, in_address_id, in_if_match, v_default_id);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE address_lock(
    IN  in_account_id  BIGINT,
    IN  in_address_id  BIGINT,
    IN  in_if_match    BIGINT,
    OUT out_default_id BIGINT
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'one change to an account''s addresses at a time'
BEGIN
    DECLARE v_version BIGINT;

    SELECT default_address_id INTO out_default_id FROM account WHERE account_id = in_account_id FOR UPDATE;
    SET v_version = (SELECT version FROM address WHERE address_id = in_address_id AND account_id = in_account_id);

    IF v_version IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    IF in_if_match <> v_version THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30013, MESSAGE_TEXT = 'precondition.failed';
    END IF;
END
