-- shipment_deliver: a parcel arrived; with the last one the order is DELIVERED.
--
-- Parameters
--   in_shipment_id  BIGINT   the shipment; its order's row is locked
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   31002 shipment.state: <state>
-- Locks    shipment, orders (by id), order_event, outbox
-- Example  CALL shipment_deliver(5678);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE shipment_deliver(in_shipment_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'SHIPPED becomes DELIVERED'
BEGIN
    DECLARE v_order_id BIGINT;

    UPDATE shipment
       SET state = 'DELIVERED', delivered_at = UTC_TIMESTAMP(3)
     WHERE shipment_id = in_shipment_id AND state = 'SHIPPED';
    IF ROW_COUNT() = 0 THEN
        CALL shipment_refuse(in_shipment_id, NULL);
    END IF;
    SELECT order_id INTO v_order_id FROM shipment WHERE shipment_id = in_shipment_id;
    CALL order_event_append(v_order_id, 'shipment.delivered', shipment_event_json(in_shipment_id));
    CALL order_deliver(v_order_id, 'carrier');
END
