-- outbox_take: the oldest events that have not been published, and which stream the others went to.
--
-- Parameters
--   in_limit        BIGINT   events at most, 1 … 400 (each has 8,000 bytes at most, all together fit one answer)
-- Returns  one row: status INT, body JSON
--   200 {"epoch": "…" or null, "items": [{"id": "…", "topic": "…", "aggregate": "…", "at": "…", "payload": "{…}"}]}
-- Errors   none of its own
-- Locks    none: what is committed is read, nothing is waited for and nothing passed over
-- Example  CALL outbox_take(400);
--
-- By status, never "id > last": a slow transaction commits lower ids later. Nothing is claimed: two relays at once
-- publish twice, which consumers have to bear anyway.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE outbox_take(in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'events to publish'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('id', e.event_id, 'topic', e.topic, 'aggregate', CAST(e.aggregate_id AS CHAR),
                                    'at', rfc3339(e.created_at), 'payload', e.payload)
                        ORDER BY e.created_at, e.event_id)
      INTO v_items
      FROM (SELECT event_id, topic, aggregate_id, created_at, payload
              FROM outbox
             WHERE status = 'new'
             ORDER BY created_at
             LIMIT in_limit) e;

    SELECT 200 AS status,
           CONCAT('{"epoch": ', COALESCE((SELECT JSON_QUOTE(epoch) FROM relay_stream WHERE one = 1), 'null'),
                  ', "items": [', COALESCE(v_items, ''), ']}') AS body;
END
