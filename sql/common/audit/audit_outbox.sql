-- audit_outbox: is every event out and done within the time it may take?
--
-- Parameters
--   in_seconds      BIGINT   how old an event may be that is not done
-- Returns  one row: status INT, body JSON
--   200 {"violations": [{"rule", "key", …}]}, the oldest 100
--   unpublished: not in the stream yet · undone: some consumer has not said that it is done
-- Errors   none
-- Locks    none
-- Example  CALL audit_outbox(120);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_outbox(in_seconds BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'events that are late'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', IF(b.status = 'new', 'unpublished', 'undone'), 'key', b.event_id,
                                    'event_id', b.event_id, 'topic', b.topic, 'waiting_for', b.waiting_for,
                                    'created_at', rfc3339(b.created_at)) ORDER BY b.created_at)
      INTO v_items
      FROM (SELECT event_id, topic, status, waiting_for, created_at
              FROM outbox
             WHERE status IN ('new', 'published') AND created_at < UTC_TIMESTAMP(3) - INTERVAL in_seconds SECOND
             ORDER BY created_at
             LIMIT 100) b;

    SELECT 200 AS status, CONCAT('{"violations": [', COALESCE(v_items, ''), ']}') AS body;
END
