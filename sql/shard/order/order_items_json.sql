-- order_items_json: the lines of an order as its buyer sees them.
--
-- Parameters
--   in_order_id     BIGINT   the order
-- Returns  JSON array, by line
-- Errors   none
-- Locks    none
-- Example  SELECT order_items_json(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION order_items_json(in_order_id BIGINT) RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'lines of an order as JSON'
BEGIN
    RETURN (SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT(
                       'line', line, 'sku_id', CAST(sku_id AS CHAR), 'product_id', CAST(product_id AS CHAR),
                       'title', title, 'options_text', options_text, 'image_url', image_url, 'qty', qty, 'cancelled', cancelled,
                       'unit_price', unit_price, 'total', total, 'discount', discount, 'tax', tax,
                       'tax_included', tax_included) ORDER BY line), ''), ']')
              FROM order_item
             WHERE order_id = in_order_id);
END
