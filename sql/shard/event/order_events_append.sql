-- order_events_append: writes what just happened to some orders into their event logs and the outbox.
--
-- Parameters
--   in_order_ids    LONGTEXT      JSON array of the orders, each once; their rows have been changed already
--   in_type         VARCHAR(32)   order.placed, order.closing, order.paid, payment.submitted …
--   in_data         LONGTEXT      JSON object of what else is to be told
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30004 not_found
-- Locks    orders (as listed), then the new rows of order_event and outbox
-- Example  CALL order_events_append('[171798691840]', 'order.closing', '{"reason": "expired"}');
--
-- The sequence is the order's new version. Every field of the row that can change is added to `data`, so that merging
-- the data of an order's events always gives its row. What goes out is in_data and what names the event; addresses and
-- lines stay here.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_events_append(
    in_order_ids LONGTEXT,
    in_type      VARCHAR(32),
    in_data      LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'appends to the event logs of orders and to the outbox'
BEGIN
    UPDATE JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
           STRAIGHT_JOIN orders o ON o.order_id = i.order_id
       SET o.version = o.version + 1;
    IF ROW_COUNT() <> JSON_LENGTH(in_order_ids) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such order';
    END IF;

    INSERT INTO order_event (order_id, seq, type, at, data)
    SELECT o.order_id, o.version, in_type, UTC_TIMESTAMP(3),
           JSON_SET(in_data, '$.state', o.state, '$.version', o.version, '$.expires_at', rfc3339(o.expires_at),
                    '$.closing_at', rfc3339(o.closing_at), '$.closed_at', rfc3339(o.closed_at),
                    '$.paid_at', rfc3339(o.paid_at), '$.held_at', IF(o.held_at IS NULL, NULL, rfc3339(o.held_at)),
                    '$.shipped_at', IF(o.shipped_at IS NULL, NULL, rfc3339(o.shipped_at)),
                    '$.delivered_at', IF(o.delivered_at IS NULL, NULL, rfc3339(o.delivered_at)),
                    '$.completed_at', IF(o.completed_at IS NULL, NULL, rfc3339(o.completed_at)))
      FROM JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
      JOIN orders o ON o.order_id = i.order_id;

    INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, created_at)
    SELECT CONCAT('order-', e.order_id, '-', e.seq), 'order', e.order_id,
           JSON_MERGE_PATCH(in_data, JSON_OBJECT('type', e.type, 'order_id', CAST(e.order_id AS CHAR),
                                                 'account_id', CAST(o.account_id AS CHAR), 'seq', e.seq,
                                                 'at', rfc3339(e.at), 'state', o.state)),
           'new', e.at
      FROM JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
      JOIN orders o ON o.order_id = i.order_id
      JOIN order_event e ON e.order_id = o.order_id AND e.seq = o.version;
END
