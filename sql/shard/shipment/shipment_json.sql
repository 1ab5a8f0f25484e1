-- shipment_json: a parcel and what is in it.
--
-- Parameters
--   in_shipment_id  BIGINT   the shipment
-- Returns  JSON object; NULL when there is no such shipment
-- Errors   none
-- Locks    none
-- Example  SELECT shipment_json(5678);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION shipment_json(in_shipment_id BIGINT) RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a shipment as JSON'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT('line', s.line, 'sku_id', CAST(s.sku_id AS CHAR),
                                                         'title', i.title, 'options_text', i.options_text, 'qty', s.qty)
                                             ORDER BY s.line), ''), ']')
      INTO v_items
      FROM shipment_item s
      JOIN order_item i ON i.order_id = s.order_id AND i.line = s.line
     WHERE s.shipment_id = in_shipment_id;
    RETURN (SELECT JSON_OBJECT('shipment_id', CAST(shipment_id AS CHAR), 'order_id', CAST(order_id AS CHAR),
                               'return_id', CAST(return_id AS CHAR), 'state', state, 'carrier', carrier,
                               'tracking', tracking, 'items', JSON_EXTRACT(v_items, '$'),
                               'created_at', rfc3339(created_at), 'shipped_at', rfc3339(shipped_at),
                               'delivered_at', rfc3339(delivered_at), 'cancelled_at', rfc3339(cancelled_at),
                               'version', version)
              FROM shipment
             WHERE shipment_id = in_shipment_id);
END
