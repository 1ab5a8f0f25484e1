-- order_ship: a parcel of an order has left, or the rest of it never will: the order is PARTIALLY_SHIPPED, or SHIPPED when it was the last.
--
-- Parameters
--   in_order_id     BIGINT   the order; its row is locked
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30506 order.state
-- Locks    orders (by id), order_event, outbox
-- Example  CALL order_ship(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_ship(in_order_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'PAID becomes PARTIALLY_SHIPPED or SHIPPED'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_left BIGINT;

    SELECT SUM(i.qty - i.cancelled) - (SELECT COALESCE(SUM(s.qty), 0)
                           FROM shipment p
                           JOIN shipment_item s ON s.shipment_id = p.shipment_id
                          WHERE p.order_id = in_order_id AND p.return_id IS NULL AND p.state IN ('SHIPPED', 'DELIVERED'))
      INTO v_left
      FROM order_item i
     WHERE i.order_id = in_order_id;

    IF v_left = 0 THEN
        UPDATE orders
           SET state = 'SHIPPED', shipped_at = v_now, due_at = v_now
         WHERE order_id = in_order_id AND state IN ('PAID', 'PARTIALLY_SHIPPED');
        IF ROW_COUNT() <> 1 THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30506, MESSAGE_TEXT = 'order.state: the order may not be shipped';
        END IF;
        CALL order_event_append(in_order_id, 'order.shipped', '{}');
    ELSE
        UPDATE orders SET state = 'PARTIALLY_SHIPPED' WHERE order_id = in_order_id AND state = 'PAID';
        IF ROW_COUNT() = 1 THEN
            CALL order_event_append(in_order_id, 'order.partially_shipped', '{}');
        END IF;
    END IF;
END
