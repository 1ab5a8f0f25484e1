-- stock_unhold: units that were reserved for a replacement are free again.
--
-- Parameters
--   in_shipment_id  BIGINT   the shipment; it will not leave
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30001 internal, when they are not reserved; 1062 when they were given back before
-- Locks    stock (by sku_id, pool), then the new rows of stock_movement and outbox
-- Example  CALL stock_unhold(5679);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_unhold(in_shipment_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'gives units of a replacement back'
BEGIN
    UPDATE shipment_item i FORCE INDEX (shipment_item_sku)
           STRAIGHT_JOIN stock s ON s.sku_id = i.sku_id AND s.pool = i.pool
       SET s.reserved = s.reserved - i.qty
     WHERE i.shipment_id = in_shipment_id AND s.reserved >= i.qty;
    IF ROW_COUNT() <> (SELECT COUNT(*) FROM shipment_item WHERE shipment_id = in_shipment_id) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'internal: units of the parcel are not reserved';
    END IF;
    INSERT INTO stock_movement (sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at)
    SELECT sku_id, pool, shipment_id, 'release', 0, -qty, UTC_TIMESTAMP(3)
      FROM shipment_item
     WHERE shipment_id = in_shipment_id;

    -- the first units after none
    INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, created_at)
    SELECT CONCAT('stock-changed-', i.shipment_id, '-', i.line), 'stock.changed', i.sku_id,
           JSON_OBJECT('sku_id', CAST(i.sku_id AS CHAR), 'pool', i.pool), 'new', UTC_TIMESTAMP(3)
      FROM shipment_item i
      JOIN stock s ON s.sku_id = i.sku_id AND s.pool = i.pool
     WHERE i.shipment_id = in_shipment_id AND s.on_hand - s.reserved = i.qty;
END
