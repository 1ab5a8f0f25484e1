-- order_staff_events: what happened to any order, oldest first, for staff.
--
-- Parameters
--   in_order_id     BIGINT   the order
-- Returns  one row: status INT, body JSON, etag
--   200 as order_events
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL order_staff_events(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_staff_events(in_order_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'event log of any order'
CALL order_events(NULL, in_order_id)
