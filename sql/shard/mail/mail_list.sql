-- mail_list: mail of a state, newest first; for operators.
--
-- Parameters
--   in_state    VARCHAR(16)   pending, sent, failed, dropped
--   in_limit    BIGINT        1 … 1,000
-- Returns  one row: status INT, body JSON
--   200 {"pending": n, "failed": n, "items": [{"mail_id", "kind", "email", "attempts", "due_at", "last_error", "created_at"}]}
-- Errors   none
-- Locks    none
-- Example  CALL mail_list('failed', 100);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE mail_list(in_state VARCHAR(16), in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'mail of a state'
BEGIN
    SELECT 200 AS status,
           CONCAT('{"pending": ', (SELECT COUNT(*) FROM mail WHERE state = 'pending'),
                  ', "failed": ', (SELECT COUNT(*) FROM mail WHERE state = 'failed'), ', "items": [',
                  COALESCE(GROUP_CONCAT(JSON_OBJECT('mail_id', CAST(m.mail_id AS CHAR), 'kind', m.kind, 'email', m.email,
                                                    'attempts', m.attempts, 'due_at', rfc3339(m.due_at),
                                                    'last_error', m.last_error, 'created_at', rfc3339(m.created_at))
                                        ORDER BY m.created_at DESC, m.mail_id DESC), ''), ']}') AS body
      FROM (SELECT mail_id, kind, email, attempts, due_at, last_error, created_at
              FROM mail
             WHERE state = in_state
             ORDER BY created_at DESC
             LIMIT in_limit) m;
END
