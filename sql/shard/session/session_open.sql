-- session_open: begins a session: a family of refresh tokens, its first one issued. May be called again with the same id.
--
-- Parameters
--   in_session_id   BIGINT   its id, made in the account's slot
--   in_account_id   BIGINT   who signed in (id)
-- Returns  one row: status INT, body JSON
--   201 {"issued_s": 1795248000, "sequence": 1}, Unix seconds
-- Errors   30015 slot.moved
-- Locks    slot_owner (shared), session_family
-- Example  CALL session_open(171798691841, 171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE session_open(in_session_id BIGINT, in_account_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'begins a session'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_account_id);
    INSERT INTO session_family (session_id, account_id, sequence, issued_at, expires_at, created_at)
    VALUES (in_session_id, in_account_id, 1, v_now, v_now + INTERVAL 30 DAY, v_now)
    ON DUPLICATE KEY UPDATE session_id = session_family.session_id;
    COMMIT;

    SELECT 201 AS status,
           JSON_OBJECT('issued_s', TIMESTAMPDIFF(SECOND, '1970-01-01', issued_at), 'sequence', sequence) AS body
      FROM session_family
     WHERE session_id = in_session_id;
END
