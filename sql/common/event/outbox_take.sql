-- outbox_take: the oldest events that have not been published, and which stream the others went to.
--
-- Parameters
--   in_limit        BIGINT   rows at most, 1 … 400; fewer when their payloads have more than 1.5 MB together
-- Returns  one row: status INT, body JSON
--   200 {"epoch": "…" or null, "more": false, "items": [{"id": "…", "topic": "…", "aggregate": "…", "at": "…", "payload": "{…}"}]}
--   payload: one event, or a list of events of one topic and one type: [{"id": "…", "aggregate": "…", "payload": {…}}, …]; the
--   row's id is none of an event's then
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
    DECLARE v_any, v_more TINYINT;

    -- as a statement of its own: as the condition of IF it would lock what it reads
    SELECT EXISTS (SELECT 1 FROM outbox WHERE status = 'new') INTO v_any;
    -- only ids and lengths go into temporary tables: with payloads these would lie on disk
    IF v_any THEN
        SELECT GROUP_CONCAT(IF(e.bytes_before > 1500000, NULL,
                               JSON_OBJECT('id', o.event_id, 'topic', o.topic, 'aggregate', CAST(o.aggregate_id AS CHAR),
                                           'at', CONCAT(REPLACE(o.created_at, ' ', 'T'), 'Z'), 'payload', o.payload))),
               COUNT(*) >= in_limit OR COALESCE(MAX(e.bytes_before), 0) > 1500000
          INTO v_items, v_more
          FROM (SELECT n.event_id,
                       SUM(n.bytes) OVER (ORDER BY n.created_at, n.event_id ROWS UNBOUNDED PRECEDING) - n.bytes AS bytes_before
                  FROM (SELECT event_id, created_at, LENGTH(payload) AS bytes
                          FROM outbox
                         WHERE status = 'new'
                         ORDER BY created_at
                         LIMIT in_limit) n) e
               STRAIGHT_JOIN outbox o ON o.event_id = e.event_id;
    END IF;

    SELECT 200 AS status,
           CONCAT('{"epoch": ', COALESCE((SELECT JSON_QUOTE(epoch) FROM relay_stream WHERE one = 1), 'null'),
                  ', "more": ', IF(v_more, 'true', 'false'), ', "items": [', COALESCE(v_items, ''), ']}') AS body;
END
