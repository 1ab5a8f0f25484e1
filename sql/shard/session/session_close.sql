-- session_close: signs out: no refresh token of the session works any more. Access tokens live on until they expire.
--
-- Parameters
--   in_account_id   BIGINT   who signs out (id)
--   in_session_id   BIGINT   the session (id), out of the access token
-- Returns  one row: status INT, body NULL
--   204, also when it had ended before
-- Errors   30015 slot.moved
-- Locks    slot_owner (shared), session_family
-- Example  CALL session_close(171798691840, 171798691841);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE session_close(in_account_id BIGINT, in_session_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'signs out'
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_account_id);
    UPDATE session_family
       SET revoked_at = UTC_TIMESTAMP(3)
     WHERE session_id = in_session_id AND account_id = in_account_id AND revoked_at IS NULL;
    COMMIT;

    SELECT 204 AS status, NULL AS body;
END
