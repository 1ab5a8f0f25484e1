-- payment_close_soon: the worker is to close the open attempts of orders that are CLOSING, each once nobody is opening it.
--
-- Parameters
--   in_order_ids    LONGTEXT  JSON array of the orders; their rows are locked
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    payment
-- Example  CALL payment_close_soon('[171798691840]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_close_soon(in_order_ids LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'attempts of orders that are CLOSING are due'
UPDATE JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
       STRAIGHT_JOIN payment p ON p.order_id = i.order_id AND p.state IN ('CREATED', 'SUBMITTED', 'AUTHORISED')
   SET p.due_at = GREATEST(p.lease_until, UTC_TIMESTAMP(3)), p.tries = IF(p.state = 'CREATED', p.tries, 0)
