-- order_quote_show: the one priced request of a batch as a quote.
--
-- Parameters
--   out_body        LONGTEXT   JSON as order_quote answers it
-- Returns  nothing: called by order_quote and flash_quote; reads b_request, b_line, b_rule, b_coupon and b_ship
-- Errors   none
-- Locks    none
-- Example  CALL order_quote_show(v_body);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_quote_show(OUT out_body LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a quote as JSON'
BEGIN
    DECLARE v_lines, v_rules, v_coupons, v_ships LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT(
               'line', line, 'sku_id', CAST(sku_id AS CHAR), 'qty', qty, 'unit_price', unit_price, 'total', total,
               'discount', discount, 'tax', tax, 'tax_included', tax_included, 'payable', total - discount + tax)
               ORDER BY line)
      INTO v_lines FROM b_line;
    SELECT GROUP_CONCAT(JSON_OBJECT(
               'rule', CAST(promotion_id AS CHAR), 'name', name, 'code', code,
               'applied', JSON_EXTRACT(IF(reason IS NULL, 'true', 'false'), '$'), 'amount', amount, 'reason', reason,
               'missing', threshold) ORDER BY reason IS NOT NULL, nth)
      INTO v_rules FROM b_rule;
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
    SELECT GROUP_CONCAT(JSON_OBJECT('id', CAST(shipping_method_id AS CHAR), 'name', name, 'price', price) ORDER BY nth)
      INTO v_ships FROM b_ship;

    SELECT JSON_OBJECT(
               'lines', JSON_EXTRACT(CONCAT('[', v_lines, ']'), '$'), 'items_total', items_total,
               'discount_total', discount_total, 'shipping_total', shipping_total, 'tax_total', tax_total,
               'tax_included', tax_included, 'total', total, 'currency', currency,
               'explanation', JSON_EXTRACT(CONCAT('[', CONCAT_WS(',', v_rules, v_coupons), ']'), '$'),
               'shipping_method', CAST(shipping_method AS CHAR),
               'shipping_methods', JSON_EXTRACT(CONCAT('[', COALESCE(v_ships, ''), ']'), '$'))
      INTO out_body
      FROM b_request;
END
