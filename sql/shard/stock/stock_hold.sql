-- stock_hold: reserves the units of a parcel that replaces others.
--
-- Parameters
--   in_shipment_id  BIGINT   the shipment
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30401 stock.short: <sku_id> <pool> <missing units>; nothing is reserved
-- Locks    stock (by sku_id, pool), then the new rows of stock_movement
-- Example  CALL stock_hold(5679);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_hold(in_shipment_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'reserves units of a replacement'
BEGIN
    DECLARE v_enough INT;

    -- The limit keeps the order of the derived table, in which the rows of stock are locked.
    SELECT COUNT(*) INTO v_enough
      FROM (SELECT sku_id, pool, qty FROM shipment_item WHERE shipment_id = in_shipment_id
             ORDER BY sku_id, pool LIMIT 1000) i
           STRAIGHT_JOIN stock s ON s.sku_id = i.sku_id AND s.pool = i.pool
     WHERE s.on_hand - s.reserved >= i.qty
       FOR UPDATE;
    IF v_enough <> (SELECT COUNT(*) FROM shipment_item WHERE shipment_id = in_shipment_id) THEN
        CALL stock_lack((SELECT CONCAT('[', GROUP_CONCAT(JSON_OBJECT('sku_id', CAST(sku_id AS CHAR), 'pool', pool, 'qty', qty)), ']')
                           FROM shipment_item
                          WHERE shipment_id = in_shipment_id));
    END IF;
    UPDATE shipment_item i FORCE INDEX (shipment_item_sku)
           STRAIGHT_JOIN stock s ON s.sku_id = i.sku_id AND s.pool = i.pool
       SET s.reserved = s.reserved + i.qty
     WHERE i.shipment_id = in_shipment_id;
    INSERT INTO stock_movement (sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at)
    SELECT sku_id, pool, shipment_id, 'reserve', 0, qty, UTC_TIMESTAMP(3)
      FROM shipment_item
     WHERE shipment_id = in_shipment_id;
END
