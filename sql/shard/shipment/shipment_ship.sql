-- shipment_ship: a parcel leaves: its units leave the stock, and the order is SHIPPED when nothing of it is left here.
--
-- Parameters
--   in_shipment_id  BIGINT   the shipment; its order's row is locked
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   31002 shipment.state: <state> · 30506 order.state: <state> · 30001 internal, when the units are not reserved
-- Locks    shipment, orders (by id), order_event, outbox, stock (by sku_id), stock_movement
-- Example  CALL shipment_ship(5678);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE shipment_ship(in_shipment_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'READY becomes SHIPPED'
BEGIN
    DECLARE v_order_id, v_return_id BIGINT;

    UPDATE shipment
       SET state = 'SHIPPED', shipped_at = UTC_TIMESTAMP(3)
     WHERE shipment_id = in_shipment_id AND state = 'READY';
    IF ROW_COUNT() = 0 THEN
        CALL shipment_refuse(in_shipment_id, NULL);
    END IF;
    SELECT order_id, return_id INTO v_order_id, v_return_id FROM shipment WHERE shipment_id = in_shipment_id;
    IF v_return_id IS NULL THEN
        CALL order_lock(v_order_id, NULL, NULL, 'PAID,PARTIALLY_SHIPPED');
    END IF;
    CALL order_event_append(v_order_id, 'shipment.shipped', shipment_event_json(in_shipment_id));
    IF v_return_id IS NULL THEN
        CALL order_ship(v_order_id);
    END IF;
    CALL stock_ship(in_shipment_id);
END
