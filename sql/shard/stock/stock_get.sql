-- stock_get: the units of a SKU on this shard, by pool.
--
-- Parameters
--   in_sku_id       BIGINT   the SKU
-- Returns  one row: status INT, body JSON
--   200 {"pools": [{"pool", "on_hand", "reserved", "available", "in_flight"}]}; in_flight: left here, not settled
-- Errors   none
-- Locks    none
-- Example  CALL stock_get(42);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_get(in_sku_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'units of a SKU on this shard'
BEGIN
    DECLARE v_pools LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('pool', s.pool, 'on_hand', s.on_hand, 'reserved', s.reserved,
                                    'available', s.on_hand - s.reserved, 'in_flight', COALESCE(t.qty, 0))
                        ORDER BY s.pool)
      INTO v_pools
      FROM stock s
      LEFT JOIN (SELECT pool, CAST(SUM(qty) AS SIGNED) AS qty
                   FROM stock_transfer
                  WHERE state = 'in_flight' AND direction = 'out' AND sku_id = in_sku_id
                  GROUP BY pool) t ON t.pool = s.pool
     WHERE s.sku_id = in_sku_id;

    SELECT 200 AS status, CONCAT('{"pools": [', COALESCE(v_pools, ''), ']}') AS body;
END
