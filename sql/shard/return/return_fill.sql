-- return_fill: writes which units of an order a return is about; what was shipped and did not come back yet.
--
-- Parameters
--   in_return_id    BIGINT     the return; without lines yet
--   in_order_id     BIGINT     its order, its row locked
--   in_items        LONGTEXT   JSON [{"line": n, "qty": n}, …]
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30003 request.invalid: items · 31003 return.quantity: <what may be returned>
-- Locks    the new rows of return_item
-- Example  CALL return_fill(6001, 171798691840, '[{"line": 1, "qty": 2}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE return_fill(in_return_id BIGINT, in_order_id BIGINT, in_items LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'which units come back'
BEGIN
    DECLARE v_message VARCHAR(128);

    SET v_message = order_lines_wrong(in_order_id, in_items);
    IF v_message IS NOT NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = v_message;
    END IF;
    SELECT CONCAT('return.quantity: line ', i.line, ': ', return_left(in_order_id, i.line), ' units may be returned')
      INTO v_message
      FROM JSON_TABLE(in_items, '$[*]' COLUMNS (line INT PATH '$.line', qty BIGINT PATH '$.qty')) i
     WHERE i.qty > return_left(in_order_id, i.line)
     ORDER BY i.line
     LIMIT 1;
    IF v_message IS NOT NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 31003, MESSAGE_TEXT = v_message;
    END IF;

    INSERT INTO return_item (return_id, line, order_id, sku_id, pool, qty)
    SELECT in_return_id, i.line, i.order_id, i.sku_id, i.pool, j.qty
      FROM JSON_TABLE(in_items, '$[*]' COLUMNS (line INT PATH '$.line', qty BIGINT PATH '$.qty')) j
      JOIN order_item i ON i.order_id = in_order_id AND i.line = j.line;
END
