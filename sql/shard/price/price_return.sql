-- price_return: gives the coupons of an order back that will not be paid.
--
-- Parameters
--   in_order_id     BIGINT    the order; it is leaving the states that hold them
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30001 internal, when they are not held
-- Locks    promotion_use (by account and promotion), stock (by promotion), stock_movement, outbox
-- Example  CALL price_return(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_return(in_order_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'coupons of an order come back'
IF EXISTS (SELECT 1 FROM order_promotion WHERE order_id = in_order_id AND (quota = 1 OR counted = 1)) THEN
    UPDATE orders o
      JOIN order_promotion p ON p.order_id = o.order_id AND p.counted = 1
      JOIN promotion_use u ON u.account_id = o.account_id AND u.promotion_id = p.promotion_id
       SET u.used = u.used - 1
     WHERE o.order_id = in_order_id;
    UPDATE order_promotion p
           STRAIGHT_JOIN stock s ON s.sku_id = p.promotion_id AND s.pool = 'coupon'
       SET s.reserved = s.reserved - 1
     WHERE p.order_id = in_order_id AND p.quota = 1;
    IF ROW_COUNT() <> (SELECT COUNT(*) FROM order_promotion WHERE order_id = in_order_id AND quota = 1) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'internal: coupons of the order are not held';
    END IF;
    INSERT INTO stock_movement (sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at)
    SELECT promotion_id, 'coupon', order_id, 'release', 0, -1, UTC_TIMESTAMP(3)
      FROM order_promotion
     WHERE order_id = in_order_id AND quota = 1;
    -- the first one after none
    INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, created_at)
    SELECT CONCAT('coupon-changed-', p.order_id, '-', p.promotion_id), 'stock.changed', p.promotion_id,
           JSON_OBJECT('sku_id', CAST(p.promotion_id AS CHAR), 'pool', 'coupon'), 'new', UTC_TIMESTAMP(3)
      FROM order_promotion p
      JOIN stock s ON s.sku_id = p.promotion_id AND s.pool = 'coupon'
     WHERE p.order_id = in_order_id AND p.quota = 1 AND s.on_hand - s.reserved = 1;
END IF
