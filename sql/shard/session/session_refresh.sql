-- session_refresh: trades the session's current refresh token for the next one.
--
-- Parameters
--   in_session_id   BIGINT   the session (id), out of the token
--   in_sequence     BIGINT   the token's number
-- Returns  one row: status INT, body JSON
--   200 {"account_id": "…", "name": "…", "issued_s": 1795248000, "sequence": 2}, Unix seconds; the token before the current
--       one, within 30 s of the trade, gets the same answer again: the first reply may have been lost
--   401 {"code": "session.reused"}    an older token: somebody else has it; the whole session ends, and that stays
--   401 {"code": "session.expired"}   ended, expired, or not known
-- Errors   30015 slot.moved. A refusal is an answer, not a SIGNAL: the end of the session must be committed.
-- Locks    slot_owner (shared), session_family
-- Example  CALL session_refresh(171798691841, 1);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE session_refresh(in_session_id BIGINT, in_sequence BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'next refresh token of a session'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_reused INT DEFAULT 0;
    DECLARE v_body LONGTEXT;

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_session_id);
    UPDATE session_family
       SET sequence = sequence + 1, issued_at = v_now, expires_at = v_now + INTERVAL 30 DAY
     WHERE session_id = in_session_id AND sequence = in_sequence AND revoked_at IS NULL AND expires_at > v_now;
    IF ROW_COUNT() = 0 THEN
        UPDATE session_family
           SET revoked_at = v_now
         WHERE session_id = in_session_id AND revoked_at IS NULL AND expires_at > v_now
           AND NOT (sequence = in_sequence + 1 AND issued_at > v_now - INTERVAL 30 SECOND);
        SET v_reused = ROW_COUNT();
    END IF;
    SET v_body = (
        SELECT JSON_OBJECT('account_id', CAST(account.account_id AS CHAR), 'name', account.name,
                           'issued_s', TIMESTAMPDIFF(SECOND, '1970-01-01', session_family.issued_at),
                           'sequence', session_family.sequence)
          FROM session_family
          JOIN account ON account.account_id = session_family.account_id
         WHERE session_family.session_id = in_session_id AND session_family.revoked_at IS NULL
           AND session_family.expires_at > v_now);
    COMMIT;

    SELECT IF(v_body IS NULL, 401, 200) AS status,
           COALESCE(v_body, JSON_OBJECT('code', IF(v_reused > 0, 'session.reused', 'session.expired'))) AS body;
END
