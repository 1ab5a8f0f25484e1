-- reconciliation_waiting: how many differences wait for a person, and since when, for metrics.
--
-- Parameters  none
-- Returns  one row: status INT, body JSON; the count stops at 10,000
--   200 {"open": n, "oldest_ms": ms; 0 without any}
-- Errors   none
-- Locks    none
-- Example  CALL reconciliation_waiting();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE reconciliation_waiting()
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'differences that wait for a person'
SELECT 200 AS status,
       JSON_OBJECT('open', COUNT(*),
                   'oldest_ms', COALESCE(TIMESTAMPDIFF(MICROSECOND, MIN(w.found_at), UTC_TIMESTAMP(3)) DIV 1000, 0)) AS body
  FROM (SELECT found_at FROM reconciliation_difference WHERE state = 'open' ORDER BY found_at LIMIT 10000) w
