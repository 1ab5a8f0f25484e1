-- orders_close: ends orders that nobody can pay any more, and gives their units and coupons back.
--
-- Parameters
--   in_order_ids    LONGTEXT   JSON array of the orders, each once; CLOSING, their rows locked, no attempt to pay them open
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30506 order.state
-- Locks    orders, order_event, outbox, flash_order, flash_use, promotion_use, stock (by sku_id; coupons first), stock_movement
-- Example  CALL orders_close('[171798691840]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE orders_close(in_order_ids LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'ends unpaid orders'
BEGIN
    UPDATE JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
           STRAIGHT_JOIN orders o ON o.order_id = i.order_id
       SET o.state = 'CLOSED', o.closed_at = UTC_TIMESTAMP(3), o.due_at = NULL
     WHERE o.state = 'CLOSING';
    IF ROW_COUNT() <> JSON_LENGTH(in_order_ids) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30506, MESSAGE_TEXT = 'order.state: an order is not CLOSING';
    END IF;
    CALL order_events_append(in_order_ids, 'order.closed', '{}');
    CALL flash_give_back(in_order_ids);
    CALL coupon_give_back(in_order_ids);
    CALL stock_give_back(in_order_ids);
END
