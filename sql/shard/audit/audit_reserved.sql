-- audit_reserved: do open orders hold their units, and orders that ended none?
--
-- Parameters
--   in_after        BIGINT   order_id after which to begin; 0: at the start
--   in_limit        BIGINT   orders to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": order_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   order: what the movements of an order and its shipments reserve of a SKU, or of a coupon, is what its line says, less
--   what was shipped, while the order is open
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_reserved(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_reserved(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'units of orders'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    CALL audit_order_range(in_after, in_limit, v_to, v_n);

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', 'order', 'key', CONCAT(b.order_id, ' ', b.sku_id, ' ', b.pool),
                                    'order_id', CAST(b.order_id AS CHAR), 'state', b.state, 'sku_id', CAST(b.sku_id AS CHAR),
                                    'pool', b.pool, 'line', b.qty, 'shipped', CAST(b.shipped AS SIGNED),
                                    'reserved', CAST(b.reserved AS SIGNED)))
      INTO v_items
      FROM (SELECT l.order_id, l.state, l.sku_id, l.pool, l.qty, COALESCE(g.qty, 0) AS shipped,
                   COALESCE(SUM(m.reserved_change), 0) + COALESCE(g.moved, 0) AS reserved,
                   CASE WHEN l.state IN ('RECEIVED', 'REJECTED', 'CLOSED', 'CANCELLED') THEN 0 WHEN l.pool = 'coupon' THEN l.qty
                        WHEN l.state IN ('SHIPPED', 'DELIVERED', 'COMPLETED') THEN 0 ELSE l.qty - COALESCE(g.qty, 0) END AS held
              FROM (SELECT o.order_id, o.state, i.sku_id, i.pool, i.qty
                      FROM orders o
                      JOIN order_item i ON i.order_id = o.order_id
                     WHERE o.order_id > in_after AND o.order_id <= v_to
                     UNION ALL
                    SELECT o.order_id, o.state, p.promotion_id, 'coupon', 1
                      FROM orders o
                      JOIN order_promotion p ON p.order_id = o.order_id
                     WHERE o.order_id > in_after AND o.order_id <= v_to AND p.quota = 1) l
              LEFT JOIN stock_movement m ON m.sku_id = l.sku_id AND m.pool = l.pool AND m.reference = l.order_id
                                        AND m.reason IN ('reserve', 'release')
              LEFT JOIN (SELECT p.order_id, s.sku_id, s.pool, SUM(s.qty) AS qty, SUM(x.reserved_change) AS moved
                           FROM shipment p
                           JOIN shipment_item s ON s.shipment_id = p.shipment_id
                           LEFT JOIN stock_movement x ON x.sku_id = s.sku_id AND x.pool = s.pool
                                                     AND x.reference = p.shipment_id AND x.reason = 'ship'
                          WHERE p.order_id > in_after AND p.order_id <= v_to AND p.return_id IS NULL
                            AND p.state IN ('SHIPPED', 'DELIVERED')
                          GROUP BY p.order_id, s.sku_id, s.pool) g
                     ON g.order_id = l.order_id AND g.sku_id = l.sku_id AND g.pool = l.pool
             GROUP BY l.order_id, l.state, l.sku_id, l.pool, l.qty, g.qty, g.moved
            HAVING reserved <> held
             LIMIT 100) b;
    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
