-- order_cancel_finish: ends an order that is CANCELLING once all its money is back; gives its units and coupons back.
--
-- Parameters
--   in_order_id     BIGINT   the order; its row is locked
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none of its own
-- Locks    orders (by id), order_event, outbox, flash_order, flash_use, promotion_use, stock (by sku_id; coupons first), stock_movement
-- Example  CALL order_cancel_finish(1234);
--
-- An order in another state, or with money of its buyer's left or under way, stays as it is.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_cancel_finish(in_order_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'CANCELLING becomes CANCELLED'
BEGIN
    UPDATE orders o
       SET o.state = 'CANCELLED', o.closed_at = UTC_TIMESTAMP(3)
     WHERE o.order_id = in_order_id AND o.state = 'CANCELLING'
       AND NOT EXISTS (SELECT 1 FROM refund r WHERE r.order_id = o.order_id AND r.state IN ('REQUESTED', 'SUBMITTED'))
       AND (SELECT COALESCE(SUM(l.credit) - SUM(l.debit), 0) FROM ledger_entry l
             WHERE l.order_id = o.order_id AND l.account = CONCAT('order:', o.order_id)) = 0;
    IF ROW_COUNT() = 1 THEN
        CALL order_event_append(in_order_id, 'order.cancelled', '{}');
        CALL flash_give_back(CONCAT('[', in_order_id, ']'));
        CALL coupon_give_back(CONCAT('[', in_order_id, ']'));
        CALL stock_give_back(CONCAT('[', in_order_id, ']'));
    END IF;
END
