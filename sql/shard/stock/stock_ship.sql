-- stock_ship: the units of a parcel leave the house; they were reserved.
--
-- Parameters
--   in_shipment_id  BIGINT   the shipment
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30001 internal, when they are not reserved; 1062 when they left before
-- Locks    stock (by sku_id, pool), then the new rows of stock_movement
-- Example  CALL stock_ship(5678);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_ship(in_shipment_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'units of a parcel leave'
BEGIN
    UPDATE shipment_item i FORCE INDEX (shipment_item_sku)
           STRAIGHT_JOIN stock s ON s.sku_id = i.sku_id AND s.pool = i.pool
       SET s.on_hand = s.on_hand - i.qty, s.reserved = s.reserved - i.qty, s.shipped = s.shipped + i.qty
     WHERE i.shipment_id = in_shipment_id AND s.reserved >= i.qty;
    IF ROW_COUNT() <> (SELECT COUNT(*) FROM shipment_item WHERE shipment_id = in_shipment_id) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'internal: units of the parcel are not reserved';
    END IF;

    INSERT INTO stock_movement (sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at)
    SELECT sku_id, pool, shipment_id, 'ship', -qty, -qty, UTC_TIMESTAMP(3)
      FROM shipment_item
     WHERE shipment_id = in_shipment_id;
END
