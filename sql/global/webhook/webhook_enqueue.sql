-- webhook_enqueue: each event becomes a delivery for every endpoint that asked for it. The same event again adds nothing.
--
-- Parameters
--   in_events       LONGTEXT   JSON array of {"id", "topic", "at", "payload": "{…}"}
-- Returns  one row: status INT, body JSON
--   200 {"deliveries": n}
-- Errors   none of its own
-- Locks    webhook_delivery, then inbox
-- Example  CALL webhook_enqueue('[{"id": "order-1-1", "topic": "order", "at": "…", "payload": "{\"type\": \"order.paid\"}"}]');
--
-- The event's type is the payload's own where it has one, else the topic. The body is fixed here, for all attempts.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE webhook_enqueue(in_events LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'stores the deliveries of events'
BEGIN
    DECLARE v_deliveries BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    INSERT INTO webhook_delivery (endpoint_id, event_id, type, body, state, attempts, due_at, created_at)
    SELECT w.endpoint_id, e.id, e.type,
           CONCAT('{"type":', JSON_QUOTE(e.type), ',"timestamp":', JSON_QUOTE(e.at), ',"data":', e.payload, '}'),
           'pending', 0, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)
      FROM (SELECT i.id, i.at, i.payload,
                   COALESCE(JSON_UNQUOTE(JSON_EXTRACT(i.payload, '$.type')), i.topic) AS type
              FROM JSON_TABLE(in_events, '$[*]' COLUMNS (id VARCHAR(64) PATH '$.id', topic VARCHAR(32) PATH '$.topic',
                                                         at VARCHAR(32) PATH '$.at', payload LONGTEXT PATH '$.payload')) i
             WHERE NOT EXISTS (SELECT 1 FROM inbox x WHERE x.consumer = 'webhook' AND x.event_id = i.id)) e
      JOIN webhook w ON w.state = 'enabled'
       AND EXISTS (SELECT 1
                     FROM webhook_topic t
                    WHERE t.endpoint_id = w.endpoint_id
                      AND (t.pattern IN (e.type, '*')
                           OR (RIGHT(t.pattern, 2) = '.*'
                               AND LEFT(e.type, CHAR_LENGTH(t.pattern) - 1) = LEFT(t.pattern, CHAR_LENGTH(t.pattern) - 1))))
        ON DUPLICATE KEY UPDATE attempts = webhook_delivery.attempts;
    SET v_deliveries = ROW_COUNT();

    INSERT IGNORE INTO inbox (consumer, event_id, created_at)
    SELECT 'webhook', i.id, UTC_TIMESTAMP(3)
      FROM JSON_TABLE(in_events, '$[*]' COLUMNS (id VARCHAR(64) PATH '$.id')) i;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('deliveries', v_deliveries + 0) AS body;
END
