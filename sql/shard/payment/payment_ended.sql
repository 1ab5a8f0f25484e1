-- payment_ended: an attempt to pay an order has ended; if it is CLOSING it is to be looked at, for this may have been the last.
--
-- Parameters
--   in_order_id     BIGINT   the order; its row is locked
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    orders
-- Example  CALL payment_ended(1234);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_ended(in_order_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'an order that is CLOSING is due'
UPDATE orders SET due_at = UTC_TIMESTAMP(3) WHERE order_id = in_order_id AND state = 'CLOSING'
