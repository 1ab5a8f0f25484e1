-- shipment_replace: packs a parcel with units in the place of those that came back.
--
-- Parameters
--   in_shipment_id  BIGINT   new id in the slot of the order
--   in_return_id    BIGINT   the return; its order's row is locked
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   31003 return.quantity, when nothing came back · 30401 stock.short: <sku_id> main <missing units>
-- Locks    shipment, shipment_item, stock (by sku_id), stock_movement, orders (by id), order_event, outbox
-- Example  CALL shipment_replace(5679, 6001);
--
-- The new units are of the pool main, also where the order was of a flash sale: the sale's gate counts on all of its pool, and
-- when the sale is over nothing is left in it.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE shipment_replace(in_shipment_id BIGINT, in_return_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a parcel with replacements'
BEGIN
    DECLARE v_order_id BIGINT;

    INSERT INTO shipment (shipment_id, order_id, return_id, state, created_at)
    SELECT in_shipment_id, order_id, return_id, 'READY', UTC_TIMESTAMP(3) FROM order_return WHERE return_id = in_return_id;
    INSERT INTO shipment_item (shipment_id, line, order_id, sku_id, pool, qty)
    SELECT in_shipment_id, line, order_id, sku_id, 'main', received
      FROM return_item
     WHERE return_id = in_return_id AND received > 0;
    IF ROW_COUNT() = 0 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 31003, MESSAGE_TEXT = 'return.quantity: no unit came back';
    END IF;
    CALL stock_hold(in_shipment_id);
    SELECT order_id INTO v_order_id FROM shipment WHERE shipment_id = in_shipment_id;
    CALL order_event_append(v_order_id, 'shipment.created', shipment_event_json(in_shipment_id));
END
