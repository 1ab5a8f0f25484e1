-- order_event_append: writes what just happened to an order into its event log and the outbox.
--
-- Parameters
--   in_order_id     BIGINT        the order; its row has been changed already
--   in_type         VARCHAR(32)   order.placed, order.closing, order.paid, payment.submitted …
--   in_data         LONGTEXT      JSON object of what else is to be told
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30004 not_found
-- Locks    orders (by id), then the new rows of order_event and outbox
-- Example  CALL order_event_append(171798691840, 'order.closing', '{"reason": "buyer"}');
--
-- The sequence is the order's new version. Every field of the row that can change is added to `data`, so that merging
-- the data of an order's events always gives its row.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_event_append(
    in_order_id BIGINT,
    in_type     VARCHAR(32),
    in_data     LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'appends to the event log of an order and to the outbox'
BEGIN
    UPDATE orders SET version = version + 1 WHERE order_id = in_order_id;
    IF ROW_COUNT() <> 1 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such order';
    END IF;

    INSERT INTO order_event (order_id, seq, type, at, data)
    SELECT order_id, version, in_type, UTC_TIMESTAMP(3),
           JSON_SET(in_data, '$.state', state, '$.version', version, '$.expires_at', rfc3339(expires_at),
                    '$.closing_at', rfc3339(closing_at), '$.closed_at', rfc3339(closed_at),
                    '$.paid_at', rfc3339(paid_at))
      FROM orders
     WHERE order_id = in_order_id;

    INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, created_at)
    SELECT CONCAT('order-', e.order_id, '-', e.seq), 'order', e.order_id,
           JSON_OBJECT('type', e.type, 'order_id', CAST(e.order_id AS CHAR), 'account_id', CAST(o.account_id AS CHAR),
                       'seq', e.seq, 'at', rfc3339(e.at), 'data', JSON_EXTRACT(e.data, '$')),
           'new', e.at
      FROM orders o
      JOIN order_event e ON e.order_id = o.order_id AND e.seq = o.version
     WHERE o.order_id = in_order_id;
END
