-- shipment_cancel: a parcel is unpacked before it leaves; its units may go into another one. Those of a replacement are
-- free again, and what becomes of the return is to be decided anew.
--
-- Parameters
--   in_shipment_id  BIGINT   the shipment; its order's row is locked
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   31002 shipment.state: <state>
-- Locks    shipment, order_return, orders (by id), order_event, outbox, stock (by sku_id), stock_movement
-- Example  CALL shipment_cancel(5678);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE shipment_cancel(in_shipment_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'READY becomes CANCELLED'
BEGIN
    DECLARE v_order_id, v_return_id BIGINT;

    UPDATE shipment
       SET state = 'CANCELLED', cancelled_at = UTC_TIMESTAMP(3)
     WHERE shipment_id = in_shipment_id AND state = 'READY';
    IF ROW_COUNT() = 0 THEN
        CALL shipment_refuse(in_shipment_id, NULL);
    END IF;
    SELECT order_id, return_id INTO v_order_id, v_return_id FROM shipment WHERE shipment_id = in_shipment_id;
    CALL order_event_append(v_order_id, 'shipment.cancelled', shipment_event_json(in_shipment_id));
    IF v_return_id IS NOT NULL THEN
        UPDATE order_return
           SET state = 'RECEIVED', shipment_id = NULL, ended_at = NULL, version = version + 1
         WHERE return_id = v_return_id AND state = 'REPLACED' AND shipment_id = in_shipment_id;
        CALL order_event_append(v_order_id, 'return.reopened', return_event_json(v_return_id));
        CALL stock_unhold(in_shipment_id);
    END IF;
END
