-- stock_get: the units of a SKU on this shard, by pool, and the sums of what came and went; in one snapshot.
--
-- Parameters
--   in_sku_id       BIGINT   the SKU
-- Returns  one row: status INT, body JSON
--   200 {"pools": [{"pool", "on_hand", "reserved", "available", "lent", "borrowed", "came", "corrected", "shipped"}]}
--   lent: left here for other shards and did not come back · borrowed: arrived from other shards · came: goods that
--   arrived from outside · corrected: sum of corrections done here · shipped: went to buyers and did not come back to be sold. Lent by all less borrowed by all is under way.
-- Errors   none
-- Locks    none
-- Example  CALL stock_get(42);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_get(in_sku_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'units of a SKU on this shard'
BEGIN
    DECLARE v_pools LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('pool', c.pool, 'on_hand', c.on_hand, 'reserved', c.reserved,
                                    'available', c.on_hand - c.reserved, 'lent', c.lent, 'borrowed', c.borrowed,
                                    'came', c.came, 'corrected', c.corrected, 'shipped', c.shipped) ORDER BY c.pool)
      INTO v_pools
      FROM (SELECT p.pool, CAST(SUM(p.on_hand) AS SIGNED) AS on_hand, CAST(SUM(p.reserved) AS SIGNED) AS reserved,
                   CAST(SUM(p.lent) AS SIGNED) AS lent, CAST(SUM(p.borrowed) AS SIGNED) AS borrowed,
                   CAST(SUM(p.came) AS SIGNED) AS came, CAST(SUM(p.corrected) AS SIGNED) AS corrected,
                   CAST(SUM(p.shipped) AS SIGNED) AS shipped
              FROM (SELECT pool, on_hand, reserved, 0 AS lent, 0 AS borrowed, 0 AS came, 0 AS corrected, shipped
                      FROM stock
                     WHERE sku_id = in_sku_id
                     UNION ALL
                    SELECT pool, 0, 0, SUM(IF(direction = 'out' AND state IN ('in_flight', 'settled'), qty, 0)),
                           SUM(IF(direction = 'in' AND state = 'received', qty, 0)), 0, 0, 0
                      FROM stock_transfer FORCE INDEX (stock_transfer_sku)
                     WHERE sku_id = in_sku_id AND peer >= 0
                     GROUP BY pool
                     UNION ALL
                    SELECT m.pool, 0, 0, 0, 0, IF(m.reason = 'receive', m.on_hand_change, 0),
                           IF(m.reason = 'correct', m.on_hand_change, 0), 0
                      FROM stock_transfer t FORCE INDEX (stock_transfer_sku)
                           STRAIGHT_JOIN stock_movement m ON m.sku_id = t.sku_id AND m.pool = t.pool AND m.reference = t.transfer_id
                     WHERE t.sku_id = in_sku_id AND t.state IN ('received', 'settled') AND t.peer = -1) p
             GROUP BY p.pool) c;

    SELECT 200 AS status, CONCAT('{"pools": [', COALESCE(v_pools, ''), ']}') AS body;
END
