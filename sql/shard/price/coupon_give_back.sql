-- coupon_give_back: gives the coupons of orders back that will not be paid.
--
-- Parameters
--   in_order_ids    LONGTEXT  JSON array of the orders, each once; they are leaving the states that hold coupons
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30001 internal, when they are not held
-- Locks    promotion_use (by account and promotion), stock (by promotion), stock_movement, outbox
-- Example  CALL coupon_give_back('[171798691840]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE coupon_give_back(in_order_ids LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'coupons of orders come back'
IF EXISTS (SELECT 1 FROM JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
                  STRAIGHT_JOIN order_promotion p ON p.order_id = i.order_id AND (p.quota = 1 OR p.counted = 1)) THEN
    -- The limits keep the orders of the derived tables, in which the rows are locked.
    UPDATE (SELECT o.account_id, p.promotion_id, COUNT(*) AS uses
              FROM JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
                   STRAIGHT_JOIN orders o ON o.order_id = i.order_id
                   STRAIGHT_JOIN order_promotion p ON p.order_id = i.order_id AND p.counted = 1
             GROUP BY o.account_id, p.promotion_id ORDER BY o.account_id, p.promotion_id LIMIT 1000000) w
           STRAIGHT_JOIN promotion_use u ON u.account_id = w.account_id AND u.promotion_id = w.promotion_id
       SET u.used = u.used - w.uses;
    UPDATE (SELECT p.promotion_id, COUNT(*) AS qty
              FROM JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
                   STRAIGHT_JOIN order_promotion p ON p.order_id = i.order_id AND p.quota = 1
             GROUP BY p.promotion_id ORDER BY p.promotion_id LIMIT 1000000) w
           STRAIGHT_JOIN stock s ON s.sku_id = w.promotion_id AND s.pool = 'coupon'
       SET s.reserved = s.reserved - w.qty
     WHERE s.reserved >= w.qty;
    IF ROW_COUNT() <> (SELECT COUNT(DISTINCT p.promotion_id)
                         FROM JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
                              STRAIGHT_JOIN order_promotion p ON p.order_id = i.order_id AND p.quota = 1) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'internal: coupons of the orders are not held';
    END IF;
    INSERT INTO stock_movement (sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at)
    SELECT p.promotion_id, 'coupon', p.order_id, 'release', 0, -1, UTC_TIMESTAMP(3)
      FROM JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
           STRAIGHT_JOIN order_promotion p ON p.order_id = i.order_id AND p.quota = 1;
    -- the first ones after none
    INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, created_at)
    SELECT CONCAT('coupon-changed-', MIN(p.order_id), '-', p.promotion_id), 'stock.changed', p.promotion_id,
           JSON_OBJECT('sku_id', CAST(p.promotion_id AS CHAR), 'pool', 'coupon'), 'new', UTC_TIMESTAMP(3)
      FROM JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
           STRAIGHT_JOIN order_promotion p ON p.order_id = i.order_id AND p.quota = 1
      JOIN stock s ON s.sku_id = p.promotion_id AND s.pool = 'coupon'
     GROUP BY p.promotion_id, s.on_hand, s.reserved
    HAVING s.on_hand - s.reserved = COUNT(*);
END IF
