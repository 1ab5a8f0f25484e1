-- audit_shipments: is an order as far as its parcels are, and did the units of those that left leave the stock?
--
-- Parameters
--   in_after        BIGINT   order_id after which to begin; 0: at the start
--   in_limit        BIGINT   orders to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": order_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   state: SHIPPED and beyond: all units left in parcels, but for those that were cancelled; PARTIALLY_SHIPPED: some; otherwise
--   none; before that no unit was cancelled by itself · parcel: of no order, empty, not as far as its times or its order say, or
--   with replacements of no return · item: of no parcel, or of a line that the order does not have · line: parcels hold more units
--   of a line than were bought and not cancelled · left: what the movements of a parcel took off the shelf is not what is in it
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
                OR o.state NOT IN ('SHIPPED', 'DELIVERED', 'COMPLETED') AND SUM(i.cancelled) <> 0
             UNION ALL
            SELECT 'parcel', CAST(p.shipment_id AS CHAR), p.order_id, p.state, 0, 0
              FROM shipment p
              LEFT JOIN orders o ON o.order_id = p.order_id
              LEFT JOIN order_return t ON t.return_id = p.return_id AND t.order_id = p.order_id
                                      AND (p.state = 'CANCELLED' OR t.shipment_id = p.shipment_id)
             WHERE p.order_id > in_after AND p.order_id <= v_to
               AND (o.order_id IS NULL OR NOT p.return_id <=> t.return_id
                    OR NOT EXISTS (SELECT 1 FROM shipment_item s WHERE s.shipment_id = p.shipment_id)
                    OR (p.state IN ('SHIPPED', 'DELIVERED')) <> (p.shipped_at IS NOT NULL)
                    OR (p.state = 'DELIVERED') <> (p.delivered_at IS NOT NULL)
                    OR (p.state = 'CANCELLED') <> (p.cancelled_at IS NOT NULL)
                    OR p.return_id IS NULL
                       AND (p.state = 'READY' AND o.state NOT IN ('PAID', 'ON_HOLD', 'PARTIALLY_SHIPPED')
                            OR p.state = 'SHIPPED' AND o.state IN ('DELIVERED', 'COMPLETED')))
             UNION ALL
            SELECT 'item', CONCAT(s.shipment_id, ' ', s.line), s.order_id, COALESCE(p.state, 'none'), COALESCE(i.qty, 0), s.qty
              FROM shipment_item s
              LEFT JOIN shipment p ON p.shipment_id = s.shipment_id AND p.order_id = s.order_id
              LEFT JOIN order_item i ON i.order_id = s.order_id AND i.line = s.line AND i.sku_id = s.sku_id
                                    AND (p.return_id IS NOT NULL OR i.pool = s.pool)
             WHERE s.order_id > in_after AND s.order_id <= v_to AND (p.shipment_id IS NULL OR i.order_id IS NULL)
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
