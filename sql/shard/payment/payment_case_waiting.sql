-- payment_case_waiting: how many cases wait for a person on this shard, and since when, for metrics.
--
-- Parameters  none
-- Returns  one row: status INT, body JSON; the count stops at 10,000
--   200 {"open": n, "oldest_ms": ms; 0 without any}
-- Errors   none
-- Locks    none
-- Example  CALL payment_case_waiting();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_case_waiting()
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'cases that wait for a person'
SELECT 200 AS status,
       JSON_OBJECT('open', COUNT(*),
                   'oldest_ms', COALESCE(TIMESTAMPDIFF(MICROSECOND, MIN(w.created_at), UTC_TIMESTAMP(3)) DIV 1000, 0)) AS body
  FROM (SELECT created_at FROM payment_case WHERE state = 'open' ORDER BY case_id LIMIT 10000) w
