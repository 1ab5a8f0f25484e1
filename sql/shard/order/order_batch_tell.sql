-- order_batch_tell: writes the first event of each order of a batch into its event log and the outbox.
--
-- Parameters
--   in_now          DATETIME(3)   when the orders were placed
-- Returns  nothing: called by order_batch_write
-- Errors   none
-- Locks    the new rows of order_event and outbox
-- Example  CALL order_batch_tell(v_now);
--
-- What order_events_append does for a change of state, for many new orders at once. The data is order_json() of each, but
-- for its lines: those stand in order_item, never change, and order_events puts them in. All events of a batch go out as one
-- row of the outbox, a list (outbox_take), which is written, published and marked once.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_batch_tell(in_now DATETIME(3))
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'first events of a batch of orders'
BEGIN
    DECLARE v_at VARCHAR(24) CHARACTER SET utf8mb4 DEFAULT rfc3339(in_now);

    INSERT INTO order_event (order_id, seq, type, at, data)
    SELECT o.order_id, o.version, 'order.placed', in_now,
           CONCAT('{"order_id": "', o.order_id, '", "account_id": "', o.account_id, '", "state": "', o.state,
                  '", "address": ', o.address, ', "note": ', COALESCE(JSON_QUOTE(o.note), 'null'),
                  ', "email": ', COALESCE(JSON_QUOTE(o.email), 'null'), ', "title": ', JSON_QUOTE(o.title),
                  ', "items_n": ', o.items_n, ', "items_total": ', o.items_total,
                  ', "discount_total": ', o.discount_total, ', "shipping_total": ', o.shipping_total,
                  ', "tax_total": ', o.tax_total, ', "tax_included": ', o.tax_included,
                  ', "shipping_method": ', COALESCE(CONCAT('"', o.shipping_method, '"'), 'null'), ', "total": ', o.total,
                  ', "currency": "', o.currency, '", "created_at": "', v_at, '", "expires_at": "',
                  REPLACE(o.expires_at, ' ', 'T'), 'Z", "closing_at": null, "closed_at": null, "paid_at": null, "version": ',
                  o.version, '}')
      FROM b_request r
           STRAIGHT_JOIN orders o ON o.order_id = r.order_id
     WHERE r.error IS NULL AND r.status IS NULL;

    INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, created_at)
    SELECT CONCAT('orders-', MIN(order_id), '-', COUNT(*)), 'order', MIN(order_id),
           CONCAT('[', GROUP_CONCAT('{"id": "order-', order_id, '-1", "aggregate": "', order_id,
                                    '", "payload": {"type": "order.placed", "order_id": "', order_id,
                                    '", "account_id": "', account_id, '", "seq": 1, "at": "', v_at,
                                    '", "state": "PENDING_PAYMENT"}}' ORDER BY n), ']'),
           'new', in_now
      FROM b_request
     WHERE error IS NULL AND status IS NULL
    HAVING COUNT(*) > 0;
END
