-- webhook_waits_since: when the delivery of an endpoint that has waited longest was due.
--
-- Parameters
--   in_endpoint_id  BIGINT   the endpoint
-- Returns  DATETIME(3)  UTC; NULL: none is pending
-- Errors   none
-- Locks    none
-- Example  SELECT webhook_waits_since(171798691840);
--
-- One look into the index, however much waits: with the endpoint from a table, servers read all that is pending.
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION webhook_waits_since(in_endpoint_id BIGINT)
RETURNS DATETIME(3)
NOT DETERMINISTIC
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'since when deliveries wait'
RETURN (SELECT MIN(due_at) FROM webhook_delivery WHERE endpoint_id = in_endpoint_id AND state = 'pending')
