-- stock_give_back: gives the units of all lines of orders back.
--
-- Parameters
--   in_order_ids    LONGTEXT  JSON array of the orders, each once; they are leaving the states that hold units
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30001 internal, when they are not reserved; 1062 when they were given back before
-- Locks    stock (by sku_id, pool), then the new rows of stock_movement and outbox
-- Example  CALL stock_give_back('[171798691840]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_give_back(in_order_ids LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'gives the units of orders back'
BEGIN
    -- The limit keeps the order of the derived table, in which the rows are locked.
    UPDATE (SELECT l.sku_id, l.pool, SUM(l.qty) AS qty
              FROM JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
                   STRAIGHT_JOIN order_item l ON l.order_id = i.order_id
             GROUP BY l.sku_id, l.pool ORDER BY l.sku_id, l.pool LIMIT 1000000) w
           STRAIGHT_JOIN stock s ON s.sku_id = w.sku_id AND s.pool = w.pool
       SET s.reserved = s.reserved - w.qty
     WHERE s.reserved >= w.qty;
    IF ROW_COUNT() <> (SELECT COUNT(DISTINCT l.sku_id, l.pool)
                         FROM JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
                              STRAIGHT_JOIN order_item l ON l.order_id = i.order_id) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'internal: units of the orders are not reserved';
    END IF;

    INSERT INTO stock_movement (sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at)
    SELECT l.sku_id, l.pool, l.order_id, 'release', 0, -l.qty, UTC_TIMESTAMP(3)
      FROM JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
           STRAIGHT_JOIN order_item l ON l.order_id = i.order_id;

    -- the first units after none
    INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, created_at)
    SELECT CONCAT('stock-changed-', MIN(CONCAT(l.order_id, '-', l.line))), 'stock.changed', l.sku_id,
           JSON_OBJECT('sku_id', CAST(l.sku_id AS CHAR), 'pool', l.pool), 'new', UTC_TIMESTAMP(3)
      FROM JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
           STRAIGHT_JOIN order_item l ON l.order_id = i.order_id
      JOIN stock s ON s.sku_id = l.sku_id AND s.pool = l.pool
     GROUP BY l.sku_id, l.pool, s.on_hand, s.reserved
    HAVING s.on_hand - s.reserved = SUM(l.qty);
END
