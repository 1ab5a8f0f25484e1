-- order_events_append_each: writes what just happened to some orders, to each something of its own, into their event logs and
-- the outbox.
--
-- Parameters
--   in_events       LONGTEXT      JSON array of {"order_id", "type", "data": {…}} in the order in which it happened; an order
--                                 may stand there more than once; their rows have been changed already
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30004 not_found
-- Locks    orders, then the new rows of order_event and outbox
-- Example  CALL order_events_append_each('[{"order_id": "1234", "type": "order.paid", "data": {"payment_id": "5678"}}]');
--
-- As order_events_append, for batches.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_events_append_each(in_events LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'appends to the event logs of orders and to the outbox'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_orders_n INT DEFAULT (
        SELECT COUNT(DISTINCT j.order_id) FROM JSON_TABLE(in_events, '$[*]' COLUMNS (order_id BIGINT PATH '$.order_id')) j);

    UPDATE (SELECT j.order_id, COUNT(*) AS events_n
              FROM JSON_TABLE(in_events, '$[*]' COLUMNS (order_id BIGINT PATH '$.order_id')) j
             GROUP BY j.order_id) i
           STRAIGHT_JOIN orders o ON o.order_id = i.order_id
       SET o.version = o.version + i.events_n;
    IF ROW_COUNT() <> v_orders_n THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such order';
    END IF;

    INSERT INTO order_event (order_id, seq, type, at, data)
    SELECT o.order_id, o.version - i.later, i.type, v_now,
           JSON_SET(i.data, '$.state', o.state, '$.version', o.version - i.later, '$.expires_at', rfc3339(o.expires_at),
                    '$.closing_at', rfc3339(o.closing_at), '$.closed_at', rfc3339(o.closed_at),
                    '$.paid_at', rfc3339(o.paid_at), '$.held_at', IF(o.held_at IS NULL, NULL, rfc3339(o.held_at)),
                    '$.shipped_at', IF(o.shipped_at IS NULL, NULL, rfc3339(o.shipped_at)),
                    '$.delivered_at', IF(o.delivered_at IS NULL, NULL, rfc3339(o.delivered_at)),
                    '$.completed_at', IF(o.completed_at IS NULL, NULL, rfc3339(o.completed_at)))
      FROM (SELECT j.order_id, j.type, j.data, ROW_NUMBER() OVER (PARTITION BY j.order_id ORDER BY j.nth DESC) - 1 AS later
              FROM JSON_TABLE(in_events, '$[*]' COLUMNS (nth FOR ORDINALITY, order_id BIGINT PATH '$.order_id',
                                                         type VARCHAR(32) PATH '$.type', data JSON PATH '$.data')) j) i
      JOIN orders o ON o.order_id = i.order_id;

    INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, created_at)
    SELECT CONCAT('order-', o.order_id, '-', o.version - i.later), 'order', o.order_id,
           JSON_MERGE_PATCH(i.data, JSON_OBJECT('type', i.type, 'order_id', CAST(o.order_id AS CHAR),
                                                'account_id', CAST(o.account_id AS CHAR),
                                                'seq', CAST(o.version - i.later AS SIGNED), 'at', rfc3339(v_now),
                                                'state', o.state)),
           'new', v_now
      FROM (SELECT j.order_id, j.type, j.data, ROW_NUMBER() OVER (PARTITION BY j.order_id ORDER BY j.nth DESC) - 1 AS later
              FROM JSON_TABLE(in_events, '$[*]' COLUMNS (nth FOR ORDINALITY, order_id BIGINT PATH '$.order_id',
                                                         type VARCHAR(32) PATH '$.type', data JSON PATH '$.data')) j) i
      JOIN orders o ON o.order_id = i.order_id;
END
