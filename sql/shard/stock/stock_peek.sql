-- stock_peek: how many units of a SKU are free here, in one snapshot with what moves.
--
-- Parameters
--   in_sku_id       BIGINT        the SKU
--   in_pool         VARCHAR(16)   as in stock
--   in_since_ms     BIGINT        Unix ms; transfers written since then are counted
-- Returns  one row: status INT, body JSON
--   200 {"free": n, "in_flight": m, "moves": k}; m: units that left here and are not known to have arrived
-- Errors   none
-- Locks    none
-- Example  CALL stock_peek(42, 'main', 1790000000000);
--
-- Asked twice on every shard with the same answers, there was an instant between at which just so many units were free.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_peek(in_sku_id BIGINT, in_pool VARCHAR(16), in_since_ms BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'free units and what moves'
BEGIN
    DECLARE v_since DATETIME(3) DEFAULT FROM_UNIXTIME(in_since_ms / 1000);

    SELECT 200 AS status,
           JSON_OBJECT('free', CAST(COALESCE(SUM(c.free), 0) AS SIGNED),
                       'in_flight', CAST(COALESCE(SUM(c.in_flight), 0) AS SIGNED),
                       'moves', CAST(COALESCE(SUM(c.moves), 0) AS SIGNED)) AS body
      FROM (SELECT on_hand - reserved AS free, 0 AS in_flight, 0 AS moves
              FROM stock
             WHERE sku_id = in_sku_id AND pool = in_pool
             UNION ALL
            SELECT 0, qty, 0
              FROM stock_transfer
             WHERE sku_id = in_sku_id AND pool = in_pool AND direction = 'out' AND state = 'in_flight'
             UNION ALL
            SELECT 0, 0, 1
              FROM stock_transfer FORCE INDEX (stock_transfer_sku) -- by all states: else it walks through all that ever was
             WHERE sku_id = in_sku_id AND pool = in_pool AND direction IN ('in', 'out')
               AND state IN ('in_flight', 'settled', 'returned', 'received', 'refused') AND created_at >= v_since) c;
END
