-- return_event_json: what events tell of a return.
--
-- Parameters
--   in_return_id    BIGINT   the return
-- Returns  JSON {"return_id", "resolution", "note"}, and once they are there "refund_id", "refund_amount", "shipment_id"
-- Errors   none
-- Locks    none
-- Example  SELECT return_event_json(6001);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION return_event_json(in_return_id BIGINT) RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a return in an event'
RETURN (SELECT JSON_MERGE_PATCH('{}', JSON_OBJECT(
                   'return_id', CAST(return_id AS CHAR), 'resolution', resolution, 'note', note,
                   'refund_id', CAST(refund_id AS CHAR), 'refund_amount', refund_amount,
                   'shipment_id', CAST(shipment_id AS CHAR)))
          FROM order_return
         WHERE return_id = in_return_id)
