-- shipment_event_json: what events tell of a parcel.
--
-- Parameters
--   in_shipment_id  BIGINT   the shipment
-- Returns  JSON {"shipment_id", "carrier", "tracking", "replacement"}
-- Errors   none
-- Locks    none
-- Example  SELECT shipment_event_json(5678);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION shipment_event_json(in_shipment_id BIGINT) RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a shipment in an event'
RETURN (SELECT JSON_OBJECT('shipment_id', CAST(shipment_id AS CHAR), 'carrier', carrier, 'tracking', tracking,
                           'replacement', JSON_EXTRACT(IF(return_id IS NULL, 'false', 'true'), '$'))
          FROM shipment
         WHERE shipment_id = in_shipment_id)
