-- stock_reserve: reserves the units of all lines of an order, or of none.
--
-- Parameters
--   in_order_id     BIGINT    the order; its lines are written
--   out_reserved    TINYINT   1: all of them; 0: some line is short, and the caller must roll back
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    stock (by sku_id, pool), then the new rows of stock_movement
-- Example  CALL stock_reserve(171798691840, v_reserved);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_reserve(in_order_id BIGINT, OUT out_reserved TINYINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'reserves the units of an order'
BEGIN
    UPDATE order_item i FORCE INDEX (order_item_sku)
           STRAIGHT_JOIN stock s ON s.sku_id = i.sku_id AND s.pool = i.pool
       SET s.reserved = s.reserved + i.qty
     WHERE i.order_id = in_order_id AND s.on_hand - s.reserved >= i.qty;
    SET out_reserved = ROW_COUNT() = (SELECT COUNT(*) FROM order_item WHERE order_id = in_order_id);

    INSERT INTO stock_movement (sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at)
    SELECT sku_id, pool, order_id, 'reserve', 0, qty, UTC_TIMESTAMP(3)
      FROM order_item
     WHERE order_id = in_order_id AND out_reserved = 1;
END
