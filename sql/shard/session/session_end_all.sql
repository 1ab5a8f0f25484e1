-- session_end_all: ends all sessions of an account; its access tokens live on until they expire.
--
-- Parameters
--   in_account_id   BIGINT   the account (id)
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    session_family (of the account)
-- Example  CALL session_end_all(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE session_end_all(in_account_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'ends all sessions of an account'
BEGIN
    UPDATE session_family
       SET revoked_at = UTC_TIMESTAMP(3)
     WHERE account_id = in_account_id AND revoked_at IS NULL;
END
