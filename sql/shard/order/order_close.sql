-- order_close: ends an order that nobody can pay any more, and gives its units and coupons back.
--
-- Parameters
--   in_order_id     BIGINT   the order; CLOSING, its row locked, no attempt to pay it open
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30506 order.state
-- Locks    orders (by id), order_event, outbox, flash_order, flash_use, promotion_use, stock (by sku_id; coupons first), stock_movement
-- Example  CALL order_close(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_close(in_order_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'ends an unpaid order'
BEGIN
    UPDATE orders
       SET state = 'CLOSED', closed_at = UTC_TIMESTAMP(3), due_at = NULL
     WHERE order_id = in_order_id AND state = 'CLOSING';
    IF ROW_COUNT() <> 1 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30506, MESSAGE_TEXT = 'order.state: the order is not CLOSING';
    END IF;
    CALL order_event_append(in_order_id, 'order.closed', '{}');
    CALL flash_return(in_order_id);
    CALL price_return(in_order_id);
    CALL stock_release(in_order_id);
END
