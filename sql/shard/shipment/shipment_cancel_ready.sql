-- shipment_cancel_ready: unpacks the parcels of an order that will not be shipped.
--
-- Parameters
--   in_order_id     BIGINT   the order; its row is locked, and it has left the states that may be shipped
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    shipment
-- Example  CALL shipment_cancel_ready(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE shipment_cancel_ready(in_order_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'parcels of an order that ends'
UPDATE shipment
   SET state = 'CANCELLED', cancelled_at = UTC_TIMESTAMP(3), version = version + 1
 WHERE order_id = in_order_id AND return_id IS NULL AND state = 'READY'
