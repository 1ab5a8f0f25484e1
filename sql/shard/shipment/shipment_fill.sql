-- shipment_fill: puts units of an order into a parcel, as many as are in no other one.
--
-- Parameters
--   in_shipment_id  BIGINT     the parcel; empty
--   in_order_id     BIGINT     its order, its row locked
--   in_items        LONGTEXT   JSON [{"line": n, "qty": n}, …]
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30003 request.invalid: items · 31001 shipment.quantity: <what is left>
-- Locks    the new rows of shipment_item
-- Example  CALL shipment_fill(5678, 171798691840, '[{"line": 1, "qty": 2}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE shipment_fill(
    in_shipment_id BIGINT, in_order_id BIGINT, in_items LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'what is in a parcel'
BEGIN
    DECLARE v_message VARCHAR(128);

    IF JSON_LENGTH(in_items) = 0 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 31001, MESSAGE_TEXT = 'shipment.quantity: nothing is left to ship';
    END IF;
    SET v_message = order_lines_wrong(in_order_id, in_items);
    IF v_message IS NOT NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = v_message;
    END IF;

    INSERT INTO shipment_item (shipment_id, line, order_id, sku_id, pool, qty)
    SELECT in_shipment_id, i.line, i.order_id, i.sku_id, i.pool, j.qty
      FROM JSON_TABLE(in_items, '$[*]' COLUMNS (line INT PATH '$.line', qty BIGINT PATH '$.qty')) j
      JOIN order_item i ON i.order_id = in_order_id AND i.line = j.line;

    SELECT CONCAT('shipment.quantity: line ', i.line, ': ', i.qty - i.cancelled - COALESCE(SUM(IF(p.shipment_id <> in_shipment_id, s.qty, 0)), 0),
                  ' units are left to ship')
      INTO v_message
      FROM order_item i
      JOIN shipment_item s ON s.order_id = i.order_id AND s.line = i.line
      JOIN shipment p ON p.shipment_id = s.shipment_id AND p.return_id IS NULL AND p.state <> 'CANCELLED'
     WHERE i.order_id = in_order_id
     GROUP BY i.line, i.qty, i.cancelled
    HAVING SUM(s.qty) > i.qty - i.cancelled
     ORDER BY i.line
     LIMIT 1;
    IF v_message IS NOT NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 31001, MESSAGE_TEXT = v_message;
    END IF;
END
