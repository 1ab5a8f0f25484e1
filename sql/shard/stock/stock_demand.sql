-- stock_demand: which SKUs were ordered here lately, the most wanted first.
--
-- Parameters
--   in_since_id     BIGINT   the lowest id of the time to look at: orders made since then count, the newest 20,000 lines
--   in_limit        BIGINT   SKUs at most, 1 … 500
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"sku_id", "pool", "sold"}]}
-- Errors   none
-- Locks    none
-- Example  CALL stock_demand(171798691840, 50);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_demand(in_since_id BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'SKUs ordered lately'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('sku_id', CAST(d.sku_id AS CHAR), 'pool', d.pool, 'sold', CAST(d.sold AS SIGNED))
                        ORDER BY d.sold DESC, d.sku_id)
      INTO v_items
      FROM (SELECT l.sku_id, l.pool, SUM(l.qty) AS sold
              FROM (SELECT sku_id, pool, qty
                      FROM order_item
                     WHERE order_id >= in_since_id
                     ORDER BY order_id DESC
                     LIMIT 20000) l
             GROUP BY l.sku_id, l.pool
             ORDER BY sold DESC, l.sku_id
             LIMIT in_limit) d;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
