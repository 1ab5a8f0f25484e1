-- address_default_set: makes an address the account's default; the one that was is so no longer. Both have changed in the
-- eyes of their owner, so the versions of both grow. Internal: the caller's transaction holds the account's row.
--
-- Parameters
--   in_account_id   BIGINT   whose (id)
--   in_old_id       BIGINT   the default until now (id); NULL: there is none, or it is deleted
--   in_new_id       BIGINT   the default from now on (id); NULL: no address is left
-- Returns  nothing
-- Errors   none of its own
-- Locks    account, address (both addresses)
-- Example  CALL address_default_set(in_account_id, v_default_id, in_address_id);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE address_default_set(
    in_account_id BIGINT,
    in_old_id     BIGINT,
    in_new_id     BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'passes the default on'
BEGIN
    UPDATE account SET default_address_id = in_new_id WHERE account_id = in_account_id;
    UPDATE address SET version = version + 1
     WHERE address_id IN (in_old_id, in_new_id) AND account_id = in_account_id;
END
