-- shipment_cancel: a parcel is unpacked before it leaves; its units may go into another one.
--
-- Parameters
--   in_shipment_id  BIGINT   the shipment; its order's row is locked
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   31002 shipment.state: <state>
-- Locks    shipment, orders (by id), order_event, outbox
-- Example  CALL shipment_cancel(5678);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE shipment_cancel(in_shipment_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'READY becomes CANCELLED'
BEGIN
    DECLARE v_order_id BIGINT;

    UPDATE shipment
       SET state = 'CANCELLED', cancelled_at = UTC_TIMESTAMP(3)
     WHERE shipment_id = in_shipment_id AND state = 'READY';
    IF ROW_COUNT() = 0 THEN
        CALL shipment_refuse(in_shipment_id, NULL);
    END IF;
    SELECT order_id INTO v_order_id FROM shipment WHERE shipment_id = in_shipment_id;
    CALL order_event_append(v_order_id, 'shipment.cancelled', shipment_event_json(in_shipment_id));
END
