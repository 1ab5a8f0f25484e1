-- flash_shard: a sale on this shard, for the live view of the staff.
--
-- Parameters
--   in_sale_id      BIGINT   the sale
-- Returns  one row: status INT, body JSON
--   200 {"on_hand", "reserved", "left": free units of its pool, "orders": that have units, "units": that they have,
--   "allotted", "epoch"}
-- Errors   none
-- Locks    none
-- Example  CALL flash_shard(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_shard(in_sale_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a sale on this shard'
SELECT 200 AS status,
       JSON_OBJECT('on_hand', CAST(SUM(c.on_hand) AS SIGNED), 'reserved', CAST(SUM(c.reserved) AS SIGNED),
                   'left', CAST(SUM(c.on_hand - c.reserved) AS SIGNED), 'orders', CAST(SUM(c.orders_n) AS SIGNED),
                   'units', CAST(SUM(c.units) AS SIGNED), 'allotted', CAST(SUM(c.allotted) AS SIGNED),
                   'epoch', CAST(SUM(c.epoch) AS SIGNED)) AS body
  FROM (SELECT 0 AS on_hand, 0 AS reserved, 0 AS orders_n, 0 AS units, 0 AS allotted, 0 AS epoch
         UNION ALL
        SELECT COALESCE(s.on_hand, 0), COALESCE(s.reserved, 0), 0, 0, f.allotted, f.epoch
          FROM flash_sale f
          LEFT JOIN stock s ON s.sku_id = f.sku_id AND s.pool = f.pool
         WHERE f.sale_id = in_sale_id
         UNION ALL
        SELECT 0, 0, COUNT(*), COALESCE(SUM(qty), 0), 0, 0
          FROM flash_order
         WHERE sale_id = in_sale_id AND ended_at IS NULL) c
