-- outbox_lag: how far publishing and consuming are behind, for metrics and `souk admin status`.
--
-- Parameters  none
-- Returns  one row: status INT, body JSON; counts stop at 10,000
--   200 {"new": n, "published": n, "new_oldest_ms": ms, "published_oldest_ms": ms}; published: consumers are not done
-- Errors   none
-- Locks    none
-- Example  CALL outbox_lag();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE outbox_lag()
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'how far publishing is behind'
BEGIN
    DECLARE v_new, v_published BIGINT;
    DECLARE v_new_since, v_published_since DATETIME(3);

    SELECT COUNT(*), MIN(n.created_at) INTO v_new, v_new_since
      FROM (SELECT created_at FROM outbox WHERE status = 'new' ORDER BY created_at LIMIT 10000) n;
    SELECT COUNT(*), MIN(p.created_at) INTO v_published, v_published_since
      FROM (SELECT created_at FROM outbox WHERE status = 'published' ORDER BY created_at LIMIT 10000) p;

    SELECT 200 AS status,
           JSON_OBJECT('new', v_new + 0, 'published', v_published + 0,
                       'new_oldest_ms', COALESCE(TIMESTAMPDIFF(MICROSECOND, v_new_since, UTC_TIMESTAMP(3)) DIV 1000, 0),
                       'published_oldest_ms',
                       COALESCE(TIMESTAMPDIFF(MICROSECOND, v_published_since, UTC_TIMESTAMP(3)) DIV 1000, 0)) AS body;
END
