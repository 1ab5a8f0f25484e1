-- webhook_give_up: an endpoint is disabled: what waits for it has failed.
--
-- Parameters
--   in_endpoint_id  BIGINT   the endpoint; its row is locked
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    webhook_delivery (of the endpoint)
-- Example  CALL webhook_give_up(1281);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE webhook_give_up(in_endpoint_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'ends the deliveries of a disabled endpoint'
BEGIN
    UPDATE webhook_delivery
       SET state = 'failed', claim = NULL, last_error = COALESCE(last_error, 'the endpoint was disabled')
     WHERE endpoint_id = in_endpoint_id AND state = 'pending';
END
