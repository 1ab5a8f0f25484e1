-- order_deliver: an order all of whose parcels arrived is DELIVERED.
--
-- Parameters
--   in_order_id     BIGINT         the order; its row is locked
--   in_by           VARCHAR(16)    who says so: carrier, buyer, timer
-- Returns  nothing: called by other routines inside their transaction, never by the application. An order that is not
--          SHIPPED, or has a parcel on its way, stays as it is
-- Errors   none
-- Locks    orders (by id), order_event, outbox
-- Example  CALL order_deliver(171798691840, 'carrier');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_deliver(in_order_id BIGINT, in_by VARCHAR(16))
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'SHIPPED becomes DELIVERED'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);

    UPDATE orders
       SET state = 'DELIVERED', delivered_at = v_now, due_at = v_now
     WHERE order_id = in_order_id AND state = 'SHIPPED'
       AND NOT EXISTS (SELECT 1 FROM shipment p
                        WHERE p.order_id = in_order_id AND p.return_id IS NULL AND p.state IN ('READY', 'SHIPPED'));
    IF ROW_COUNT() = 1 THEN
        CALL order_event_append(in_order_id, 'order.delivered', JSON_OBJECT('by', in_by));
    END IF;
END
