-- return_left: how many units of a line may be returned: those that were shipped, replacements too, less those that came
-- back or are on their way: returns that were rejected or withdrawn do not count.
--
-- Parameters
--   in_order_id     BIGINT   the order
--   in_line         INT      its line
-- Returns  BIGINT
-- Errors   none
-- Locks    none
-- Example  SELECT return_left(171798691840, 1);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION return_left(in_order_id BIGINT, in_line INT) RETURNS BIGINT
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'units of a line that may be returned'
RETURN (SELECT COALESCE(SUM(s.qty), 0)
          FROM shipment_item s
          JOIN shipment p ON p.shipment_id = s.shipment_id AND p.state IN ('SHIPPED', 'DELIVERED')
         WHERE s.order_id = in_order_id AND s.line = in_line)
     - (SELECT COALESCE(SUM(COALESCE(r.received, r.qty)), 0)
          FROM return_item r
          JOIN order_return t ON t.return_id = r.return_id AND t.state NOT IN ('REJECTED', 'WITHDRAWN')
         WHERE r.order_id = in_order_id AND r.line = in_line)
