-- shipment_left_json: what of an order is in no parcel yet and may still be shipped.
--
-- Parameters
--   in_order_id     BIGINT   the order
-- Returns  JSON [{"line": n, "qty": n}, …]
-- Errors   none
-- Locks    none
-- Example  SELECT shipment_left_json(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION shipment_left_json(in_order_id BIGINT) RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'what is left to ship as JSON'
RETURN (SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT('line', l.line, 'qty', l.left_n) ORDER BY l.line), ''), ']')
          FROM (SELECT i.line, CAST(i.qty - i.cancelled - COALESCE(SUM(IF(p.state <> 'CANCELLED', s.qty, 0)), 0) AS SIGNED) AS left_n
                  FROM order_item i
                  LEFT JOIN shipment_item s ON s.order_id = i.order_id AND s.line = i.line
                  LEFT JOIN shipment p ON p.shipment_id = s.shipment_id AND p.return_id IS NULL
                 WHERE i.order_id = in_order_id
                 GROUP BY i.line, i.qty, i.cancelled
                HAVING left_n > 0) l)
