-- stock_law: looks for units that nobody can account for on this shard. Runs beside everything else, in one snapshot.
--
-- Parameters  none
-- Returns  one row: status INT, body JSON
--   200 {"violations": [{"law", "sku_id", "pool", "is", "should"}]}, at most 100; none when all is well
--   bounds: 0 ≤ reserved ≤ on_hand · on_hand, reserved, shipped: the sums of the movements · orders: reserved is what the
--   lines of open orders hold, less what was shipped, and what replacements hold · transfers: a transfer and its movements agree
-- Errors   none
-- Locks    none
-- Example  CALL stock_law();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_law()
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'violations of the law of stock'
BEGIN
    DECLARE v_items LONGTEXT;

    WITH part AS (
        SELECT i.sku_id, i.pool, SUM(i.qty) AS qty
          FROM orders o
          JOIN order_item i ON i.order_id = o.order_id
         WHERE o.state IN ('PENDING_PAYMENT', 'CLOSING', 'PAID', 'ON_HOLD', 'CANCELLING', 'PARTIALLY_SHIPPED')
         GROUP BY i.sku_id, i.pool
        UNION ALL
        SELECT s.sku_id, s.pool, -SUM(s.qty)
          FROM orders o
          JOIN shipment p ON p.order_id = o.order_id AND p.return_id IS NULL AND p.state IN ('SHIPPED', 'DELIVERED')
          JOIN shipment_item s ON s.shipment_id = p.shipment_id
         WHERE o.state = 'PARTIALLY_SHIPPED'
         GROUP BY s.sku_id, s.pool
        UNION ALL
        SELECT s.sku_id, s.pool, SUM(s.qty)
          FROM shipment p
          JOIN shipment_item s ON s.shipment_id = p.shipment_id
         WHERE p.state = 'READY' AND p.return_id IS NOT NULL
         GROUP BY s.sku_id, s.pool
        UNION ALL
        SELECT c.promotion_id, 'coupon', COUNT(*)
          FROM orders o
          JOIN order_promotion c ON c.order_id = o.order_id AND c.quota = 1
         WHERE o.state NOT IN ('RECEIVED', 'REJECTED', 'CLOSED', 'CANCELLED')
         GROUP BY c.promotion_id),
    held AS (SELECT sku_id, pool, SUM(qty) AS qty FROM part GROUP BY sku_id, pool),
    moved AS (
        SELECT sku_id, pool, SUM(on_hand_change) AS on_hand, SUM(reserved_change) AS reserved,
               SUM(IF(reason IN ('ship', 'restock'), on_hand_change, 0)) AS away
          FROM stock_movement
         GROUP BY sku_id, pool),
    broken AS (
        SELECT 'bounds' AS law, sku_id, pool, reserved AS found, on_hand AS should
          FROM stock WHERE reserved < 0 OR reserved > on_hand
        UNION ALL
        SELECT 'on_hand', s.sku_id, s.pool, s.on_hand, COALESCE(m.on_hand, 0)
          FROM stock s LEFT JOIN moved m ON m.sku_id = s.sku_id AND m.pool = s.pool
         WHERE s.on_hand <> COALESCE(m.on_hand, 0)
        UNION ALL
        SELECT 'reserved', s.sku_id, s.pool, s.reserved, COALESCE(m.reserved, 0)
          FROM stock s LEFT JOIN moved m ON m.sku_id = s.sku_id AND m.pool = s.pool
         WHERE s.reserved <> COALESCE(m.reserved, 0)
        UNION ALL
        SELECT 'shipped', s.sku_id, s.pool, s.shipped, -COALESCE(m.away, 0)
          FROM stock s LEFT JOIN moved m ON m.sku_id = s.sku_id AND m.pool = s.pool
         WHERE s.shipped <> -COALESCE(m.away, 0)
        UNION ALL
        SELECT 'orders', s.sku_id, s.pool, s.reserved, COALESCE(h.qty, 0)
          FROM stock s LEFT JOIN held h ON h.sku_id = s.sku_id AND h.pool = s.pool
         WHERE s.reserved <> COALESCE(h.qty, 0)
        UNION ALL
        SELECT 'orders', h.sku_id, h.pool, 0, h.qty
          FROM held h LEFT JOIN stock s ON s.sku_id = h.sku_id AND s.pool = h.pool
         WHERE s.sku_id IS NULL AND h.qty <> 0
        UNION ALL
        SELECT 'transfers', t.sku_id, t.pool, COALESCE(SUM(m.on_hand_change), 0),
               CASE t.state WHEN 'received' THEN t.qty WHEN 'in_flight' THEN -t.qty WHEN 'settled' THEN -t.qty ELSE 0 END
          FROM stock_transfer t
          LEFT JOIN stock_movement m
                 ON m.sku_id = t.sku_id AND m.pool = t.pool AND m.reference = t.transfer_id
                AND m.reason IN ('receive', 'lend', 'return', 'correct')
         GROUP BY t.transfer_id, t.sku_id, t.pool, t.state, t.qty
        HAVING COALESCE(SUM(m.on_hand_change), 0) <>
               CASE t.state WHEN 'received' THEN t.qty WHEN 'in_flight' THEN -t.qty WHEN 'settled' THEN -t.qty ELSE 0 END)
    SELECT GROUP_CONCAT(JSON_OBJECT('law', b.law, 'sku_id', CAST(b.sku_id AS CHAR), 'pool', b.pool,
                                    'is', CAST(b.found AS SIGNED), 'should', CAST(b.should AS SIGNED)))
      INTO v_items
      FROM (SELECT law, sku_id, pool, found, should FROM broken LIMIT 100) b;

    SELECT 200 AS status, CONCAT('{"violations": [', COALESCE(v_items, ''), ']}') AS body;
END
