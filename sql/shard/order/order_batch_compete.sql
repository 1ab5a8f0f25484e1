-- order_batch_compete: decides which requests get units that are not enough for all: a request gets all of its lines or
-- none, and one that gets none stands in nobody's way.
--
-- Parameters  none: reads and writes b_request, b_line, b_stock and b_rival
-- Returns  nothing: called by order_batch_stock. Refused in b_request: 30401 stock.short: <sku_id> <pool> <missing units>, of
--          a coupon its code behind it
-- Errors   none
-- Locks    none: the rows of stock are held already
-- Example  CALL order_batch_compete();
--
-- Each round looks at those not decided yet. Who finds enough even if all before it got theirs holds its units; who finds
-- too few after those that hold theirs is refused; then the others are looked at again. The first of them is always
-- decided, so there are at most as many rounds as requests: two when all want the same SKU.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_batch_compete()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'who gets the last units'
BEGIN
    WHILE EXISTS (SELECT 1 FROM b_request WHERE error IS NULL AND status IS NULL AND holds = 0) DO
        DELETE FROM b_rival;
        INSERT INTO b_rival (n, sku_id, pool, lacks, doubts)
        SELECT l.n, l.sku_id, l.pool,
               SUM(IF(r.holds, l.qty, 0)) OVER w + IF(r.holds, 0, l.qty) - s.free,
               SUM(l.qty) OVER w - s.free
          FROM b_request r
          JOIN b_line l ON l.n = r.n
          JOIN b_stock s ON s.sku_id = l.sku_id AND s.pool = l.pool
         WHERE r.error IS NULL AND r.status IS NULL
        WINDOW w AS (PARTITION BY l.sku_id, l.pool ORDER BY l.n ROWS UNBOUNDED PRECEDING);

        UPDATE b_request r
          JOIN (SELECT n, sku_id, pool, lacks, ROW_NUMBER() OVER (PARTITION BY n ORDER BY lacks DESC, sku_id) AS nth
                  FROM b_rival WHERE lacks > 0) m ON m.n = r.n AND m.nth = 1
          LEFT JOIN promotion p ON p.promotion_id = m.sku_id AND m.pool = 'coupon'
           SET r.error = 30401, r.detail = CONCAT_WS(' ', m.sku_id, m.pool, m.lacks, p.code)
         WHERE r.holds = 0;
        UPDATE b_request r
          JOIN (SELECT n, MAX(doubts) AS doubts FROM b_rival GROUP BY n) m ON m.n = r.n AND m.doubts <= 0
           SET r.holds = 1
         WHERE r.error IS NULL;
    END WHILE;

    UPDATE b_stock s
      LEFT JOIN (SELECT l.sku_id, l.pool, SUM(l.qty) AS qty
                   FROM b_request r JOIN b_line l ON l.n = r.n
                  WHERE r.error IS NULL AND r.status IS NULL
                  GROUP BY l.sku_id, l.pool) w ON w.sku_id = s.sku_id AND w.pool = s.pool
       SET s.wanted = COALESCE(w.qty, 0);
END
