-- order_price_answer: prices the one request of @order_requests and answers the quote.
--
-- Returns  one row: status INT, body JSON, for order_price and flash_quote, which call it last
--   200 as order_price says
-- Errors   of order_batch_read, order_batch_lines and price_batch, raised here; 30401 stock.short, as order_price says
-- Locks    as order_batch_read and order_batch_lines
-- Example  SET @order_requests = '[{"n": 0, "account_id": "640", "order_id": "0", …}]'; CALL order_price_answer();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_price_answer()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'prices one request and answers the quote'
BEGIN
    DECLARE v_error INT;
    DECLARE v_message VARCHAR(128);
    DECLARE v_coupon BIGINT;
    DECLARE v_lines, v_rules, v_coupons, v_ships LONGTEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    CALL order_batch_open();
    START TRANSACTION;
    CALL order_batch_read(UTC_TIMESTAMP(3));
    CALL order_batch_lines();
    CALL price_batch(0);
    COMMIT;

    SELECT error, CONCAT('refused: ', detail) INTO v_error, v_message FROM b_request;
    IF v_error IS NOT NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = v_error, MESSAGE_TEXT = v_message;
    END IF;
    SELECT MIN(b.promotion_id) INTO v_coupon
      FROM b_rule b
      LEFT JOIN stock s ON s.sku_id = b.promotion_id AND s.pool = 'coupon'
     WHERE b.reason IS NULL AND b.total_limit IS NOT NULL AND COALESCE(s.on_hand - s.reserved, 0) < 1
       AND COALESCE(FIND_IN_SET(b.promotion_id, @price_left), 0) = 0;
    IF v_coupon IS NOT NULL THEN
        SET v_message = CONCAT('stock.short: ', v_coupon, ' coupon 1');
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30401, MESSAGE_TEXT = v_message;
    END IF;
    SELECT GROUP_CONCAT(JSON_OBJECT(
               'line', line, 'sku_id', CAST(sku_id AS CHAR), 'qty', qty, 'unit_price', unit_price, 'total', total,
               'discount', discount, 'tax', tax, 'tax_included', tax_included, 'payable', total - discount + tax)
               ORDER BY line)
      INTO v_lines FROM b_line;
    SELECT GROUP_CONCAT(JSON_OBJECT(
               'rule', CAST(b.promotion_id AS CHAR), 'name', p.name, 'code', p.code,
               'applied', JSON_EXTRACT(IF(b.reason IS NULL, 'true', 'false'), '$'), 'amount', b.amount, 'reason', b.reason,
               'missing', b.threshold) ORDER BY b.reason IS NOT NULL, b.nth)
      INTO v_rules
      FROM b_rule b
      JOIN promotion p ON p.promotion_id = b.promotion_id;
    -- coupons that are for nothing in the order, or for nothing at all
    SELECT GROUP_CONCAT(JSON_OBJECT(
               'rule', CAST(c.promotion_id AS CHAR), 'name', IF(p.state = 'active', p.name, NULL), 'code', c.code,
               'applied', JSON_EXTRACT('false', '$'), 'amount', 0,
               'reason', CASE WHEN COALESCE(p.state, '') <> 'active' THEN 'unknown'
                              WHEN p.starts_at > UTC_TIMESTAMP(3) THEN 'not_yet'
                              WHEN p.ends_at <= UTC_TIMESTAMP(3) THEN 'expired' ELSE 'no_lines' END,
               'missing', NULL) ORDER BY c.nth)
      INTO v_coupons
      FROM b_coupon c
      LEFT JOIN promotion p ON p.promotion_id = c.promotion_id
      LEFT JOIN b_rule b ON b.promotion_id = c.promotion_id
     WHERE b.n IS NULL;
    SELECT GROUP_CONCAT(JSON_OBJECT('id', CAST(s.shipping_method_id AS CHAR), 'name', m.name, 'price', s.price) ORDER BY s.nth)
      INTO v_ships
      FROM b_ship s
      JOIN shipping_method m ON m.shipping_method_id = s.shipping_method_id;

    SELECT 200 AS status, JSON_OBJECT(
               'lines', JSON_EXTRACT(CONCAT('[', v_lines, ']'), '$'), 'items_total', items_total,
               'discount_total', discount_total, 'shipping_total', shipping_total, 'tax_total', tax_total,
               'tax_included', tax_included, 'total', total, 'currency', currency,
               'explanation', JSON_EXTRACT(CONCAT('[', CONCAT_WS(',', v_rules, v_coupons), ']'), '$'),
               'shipping_method', CAST(shipping_method AS CHAR),
               'shipping_methods', JSON_EXTRACT(CONCAT('[', COALESCE(v_ships, ''), ']'), '$')) AS body
      FROM b_request;
END
