-- stock_release_rest: gives the units of an order back that are never shipped.
--
-- Parameters
--   in_order_id     BIGINT    the order; order_item.cancelled is set
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30001 internal, when they are not reserved; 1062 when they were given back before
-- Locks    stock (by sku_id, pool), then the new rows of stock_movement and outbox
-- Example  CALL stock_release_rest(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_release_rest(in_order_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'gives units back that are never shipped'
BEGIN
    UPDATE order_item i FORCE INDEX (order_item_sku)
           STRAIGHT_JOIN stock s ON s.sku_id = i.sku_id AND s.pool = i.pool
       SET s.reserved = s.reserved - i.cancelled
     WHERE i.order_id = in_order_id AND i.cancelled > 0 AND s.reserved >= i.cancelled;
    IF ROW_COUNT() <> (SELECT COUNT(*) FROM order_item WHERE order_id = in_order_id AND cancelled > 0) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'internal: units of the order are not reserved';
    END IF;

    INSERT INTO stock_movement (sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at)
    SELECT sku_id, pool, order_id, 'release', 0, -cancelled, UTC_TIMESTAMP(3)
      FROM order_item
     WHERE order_id = in_order_id AND cancelled > 0;

    -- the first units after none
    INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, created_at)
    SELECT CONCAT('stock-changed-', i.order_id, '-', i.line), 'stock.changed', i.sku_id,
           JSON_OBJECT('sku_id', CAST(i.sku_id AS CHAR), 'pool', i.pool), 'new', UTC_TIMESTAMP(3)
      FROM order_item i
      JOIN stock s ON s.sku_id = i.sku_id AND s.pool = i.pool
     WHERE i.order_id = in_order_id AND i.cancelled > 0 AND s.on_hand - s.reserved = i.cancelled;
END
