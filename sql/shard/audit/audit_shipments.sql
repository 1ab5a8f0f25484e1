-- audit_shipments: is an order as far as its parcels are, and did the units of those that left leave the stock?
--
-- Parameters
--   in_after        BIGINT   order_id after which to begin; 0: at the start
--   in_limit        BIGINT   orders to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": order_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   state: SHIPPED and beyond: all units left in parcels, but for those that were cancelled; PARTIALLY_SHIPPED: some; otherwise none · line: parcels hold more
--   units of a line than were bought and not cancelled · left: what the movements of a parcel took off the shelf is not what is in it
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_shipments(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_shipments(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'orders and their parcels'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    CALL audit_order_range(in_after, in_limit, v_to, v_n);

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', b.rule, 'key', b.id, 'order_id', CAST(b.order_id AS CHAR), 'state', b.state,
                                    'units', CAST(b.units AS SIGNED), 'shipped', CAST(b.shipped AS SIGNED)))
      INTO v_items
      FROM (SELECT 'state' AS rule, CAST(o.order_id AS CHAR) AS id, o.order_id, o.state, SUM(i.qty - i.cancelled) AS units,
                   COALESCE(MAX(g.qty), 0) AS shipped
              FROM orders o
              JOIN order_item i ON i.order_id = o.order_id
              LEFT JOIN (SELECT p.order_id, SUM(s.qty) AS qty
                           FROM shipment p
                           JOIN shipment_item s ON s.shipment_id = p.shipment_id
                          WHERE p.order_id > in_after AND p.order_id <= v_to AND p.return_id IS NULL
                            AND p.state IN ('SHIPPED', 'DELIVERED')
                          GROUP BY p.order_id) g ON g.order_id = o.order_id
             WHERE o.order_id > in_after AND o.order_id <= v_to
             GROUP BY o.order_id, o.state
            HAVING NOT CASE WHEN o.state IN ('SHIPPED', 'DELIVERED', 'COMPLETED') THEN shipped = units
                            WHEN o.state = 'PARTIALLY_SHIPPED' THEN shipped > 0 AND shipped < units ELSE shipped = 0 END
             UNION ALL
            SELECT 'line', CONCAT(s.order_id, ' ', s.line), s.order_id, '', COALESCE(MAX(i.qty - i.cancelled), 0), SUM(s.qty)
              FROM shipment p
              JOIN shipment_item s ON s.shipment_id = p.shipment_id
              LEFT JOIN order_item i ON i.order_id = s.order_id AND i.line = s.line AND i.sku_id = s.sku_id
             WHERE p.order_id > in_after AND p.order_id <= v_to AND p.return_id IS NULL AND p.state <> 'CANCELLED'
             GROUP BY s.order_id, s.line
            HAVING SUM(s.qty) > COALESCE(MAX(i.qty - i.cancelled), 0)
             UNION ALL
            SELECT 'left', CONCAT(p.shipment_id, ' ', s.line), p.order_id, p.state, s.qty, -COALESCE(SUM(m.on_hand_change), 0) AS gone
              FROM shipment p
              JOIN shipment_item s ON s.shipment_id = p.shipment_id
              LEFT JOIN stock_movement m ON m.sku_id = s.sku_id AND m.pool = s.pool AND m.reference = p.shipment_id
                                        AND m.reason = 'ship'
             WHERE p.order_id > in_after AND p.order_id <= v_to
             GROUP BY p.shipment_id, s.line, p.order_id, p.state, s.qty
            HAVING gone <> IF(p.state IN ('SHIPPED', 'DELIVERED'), s.qty, 0)
             LIMIT 100) b;
    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
