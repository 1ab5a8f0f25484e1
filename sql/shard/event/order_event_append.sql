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
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_event_append(
    in_order_id BIGINT,
    in_type     VARCHAR(32),
    in_data     LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'appends to the event log of an order and to the outbox'
BEGIN
    CALL order_events_append(CONCAT('[', in_order_id, ']'), in_type, in_data);
END
