-- order_batch_stock: reserves the units of the open requests; who came first is served first.
--
-- Parameters  none: reads and writes b_request, b_line and b_stock
-- Returns  nothing: called by order_place inside its transaction. Refused in b_request: 30401 stock.short, and @order_short is 1
-- Errors   30001 internal
-- Locks    stock (by sku_id, pool; coupons first, as where orders end)
-- Example  CALL order_batch_stock();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_batch_stock()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'units of a batch of orders'
BEGIN
    DECLARE v_wanted INT;

    -- The limit keeps the order of the derived table, in which the rows of stock are locked.
    INSERT INTO b_stock (sku_id, pool, free, wanted)
    SELECT w.sku_id, w.pool, COALESCE(s.on_hand - s.reserved, 0), w.qty
      FROM (SELECT l.sku_id, l.pool, SUM(l.qty) AS qty
              FROM b_request r JOIN b_line l ON l.n = r.n
             WHERE r.error IS NULL AND r.status IS NULL
             GROUP BY l.sku_id, l.pool ORDER BY l.pool <> 'coupon', l.sku_id, l.pool LIMIT 1000000) w
      LEFT JOIN stock s ON s.sku_id = w.sku_id AND s.pool = w.pool
       FOR UPDATE;

    SELECT COALESCE(SUM(wanted > free), 0) > 0, COUNT(*) INTO @order_short, v_wanted FROM b_stock;
    IF @order_short THEN
        CALL order_batch_compete();
        SELECT COALESCE(SUM(wanted > 0), 0) INTO v_wanted FROM b_stock;
    END IF;

    UPDATE b_stock w
           STRAIGHT_JOIN stock s ON s.sku_id = w.sku_id AND s.pool = w.pool
       SET s.reserved = s.reserved + w.wanted
     WHERE w.wanted BETWEEN 1 AND s.on_hand - s.reserved;
    IF ROW_COUNT() <> v_wanted THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'internal: units changed under their lock';
    END IF;
END
