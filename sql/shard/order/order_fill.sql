-- order_fill: writes the lines of a new order from what the buyer sent, with the prices of this instant.
--
-- Parameters
--   in_order_id     BIGINT     the new order
--   in_items        LONGTEXT   JSON [{"sku_id": "…", "qty": n}, …]
--   out_total       BIGINT     sum of the lines, minor units
--   out_currency    CHAR(3)    their currency
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30003 request.invalid · 30501 order.empty · 30502 order.sku_unavailable: <sku_id> · 30505 order.mixed_currency
-- Locks    sku (shared: a price that is being changed is waited for), then the new rows of order_item
-- Example  CALL order_fill(171798691840, '[{"sku_id": "42", "qty": 1}]', v_total, v_currency);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_fill(
    in_order_id      BIGINT,
    in_items         LONGTEXT,
    OUT out_total    BIGINT,
    OUT out_currency CHAR(3)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'lines of a new order'
BEGIN
    DECLARE v_lines, v_currencies INT;
    DECLARE EXIT HANDLER FOR 1062 CALL order_fill_refuse(in_items);
    DECLARE EXIT HANDLER FOR 1264, 1690
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: items: the total is too large';

    INSERT INTO order_item (order_id, line, sku_id, pool, product_id, title, options_text, image_url, qty, unit_price,
                            total, currency)
    SELECT in_order_id, i.line, s.sku_id, 'main', s.product_id, s.title, s.options_text, s.image_url, i.qty, s.price,
           s.price * i.qty, s.currency
      FROM (SELECT j.line, j.sku_id, j.qty
              FROM JSON_TABLE(in_items, '$[*]' COLUMNS (line FOR ORDINALITY, sku_id BIGINT PATH '$.sku_id',
                                                        qty BIGINT PATH '$.qty')) j) i
      JOIN sku s ON s.sku_id = i.sku_id AND s.state = 'active'
      LOCK IN SHARE MODE;

    SELECT COUNT(*), COUNT(DISTINCT currency), SUM(total), MIN(currency)
      INTO v_lines, v_currencies, out_total, out_currency
      FROM order_item
     WHERE order_id = in_order_id;

    IF v_lines = 0 OR v_lines <> JSON_LENGTH(in_items) THEN
        CALL order_fill_refuse(in_items);
    ELSEIF v_currencies > 1 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30505, MESSAGE_TEXT = 'order.mixed_currency';
    END IF;
END
