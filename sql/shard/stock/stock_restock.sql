-- stock_restock: units of a return that can be sold again go on the shelf.
--
-- Parameters
--   in_return_id    BIGINT   the return; its units are counted
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30001 internal, when there is no such stock; 1062 when they came before
-- Locks    stock (by sku_id, pool), then the new rows of stock_movement and outbox
-- Example  CALL stock_restock(6001);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_restock(in_return_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'returned units are for sale again'
BEGIN
    UPDATE return_item r FORCE INDEX (return_item_sku)
           STRAIGHT_JOIN stock s ON s.sku_id = r.sku_id AND s.pool = r.pool
       SET s.on_hand = s.on_hand + r.sellable, s.shipped = s.shipped - r.sellable
     WHERE r.return_id = in_return_id AND r.sellable > 0;
    IF ROW_COUNT() <> (SELECT COUNT(*) FROM return_item WHERE return_id = in_return_id AND sellable > 0) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'internal: there is no stock of what came back';
    END IF;

    INSERT INTO stock_movement (sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at)
    SELECT sku_id, pool, return_id, 'restock', sellable, 0, UTC_TIMESTAMP(3)
      FROM return_item
     WHERE return_id = in_return_id AND sellable > 0;

    -- the first units after none
    INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, created_at)
    SELECT CONCAT('stock-changed-', r.return_id, '-', r.line), 'stock.changed', r.sku_id,
           JSON_OBJECT('sku_id', CAST(r.sku_id AS CHAR), 'pool', r.pool), 'new', UTC_TIMESTAMP(3)
      FROM return_item r
      JOIN stock s ON s.sku_id = r.sku_id AND s.pool = r.pool
     WHERE r.return_id = in_return_id AND r.sellable > 0 AND s.on_hand - s.reserved = r.sellable;
END
