-- mail_waiting: how many mails of this shard are not sent yet, and since when the oldest waits, for metrics.
--
-- Parameters  none
-- Returns  one row: status INT, body JSON; the count stops at 10,000
--   200 {"open": n, "oldest_ms": ms; 0 without any}
-- Errors   none
-- Locks    none
-- Example  CALL mail_waiting();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE mail_waiting()
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'mails that are not sent yet'
SELECT 200 AS status,
       JSON_OBJECT('open', COUNT(*),
                   'oldest_ms', COALESCE(TIMESTAMPDIFF(MICROSECOND, MIN(w.created_at), UTC_TIMESTAMP(3)) DIV 1000, 0)) AS body
  FROM (SELECT created_at FROM mail WHERE state = 'pending' ORDER BY created_at LIMIT 10000) w
