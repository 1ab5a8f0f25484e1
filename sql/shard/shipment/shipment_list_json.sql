-- shipment_list_json: the parcels of an order, the first one first.
--
-- Parameters
--   in_order_id     BIGINT   the order
-- Returns  JSON array of shipments as shipment_json
-- Errors   none
-- Locks    none
-- Example  SELECT shipment_list_json(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION shipment_list_json(in_order_id BIGINT) RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'shipments of an order as JSON'
RETURN (SELECT CONCAT('[', COALESCE(GROUP_CONCAT(shipment_json(shipment_id) ORDER BY shipment_id), ''), ']')
          FROM shipment
         WHERE order_id = in_order_id)
