-- cart_line_json: one line of a cart as it is shown.
--
-- Parameters
--   in_sku_id           BIGINT        the SKU
--   in_qty              BIGINT        units
--   in_ticked           TINYINT       1: ticked
--   in_added_price      BIGINT        price when it was added, minor units
--   in_added_currency   CHAR(3)       its currency
--   in_added_at         DATETIME(3)   UTC
-- Returns  LONGTEXT: an element of items, as cart_get says
-- Errors   none
-- Locks    none
-- Example  SELECT cart_line_json(42, 1, 1, 1999, 'EUR', UTC_TIMESTAMP(3));
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION cart_line_json(
    in_sku_id BIGINT, in_qty BIGINT, in_ticked TINYINT, in_added_price BIGINT, in_added_currency CHAR(3),
    in_added_at DATETIME(3)
)
RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a line of a cart as JSON'
RETURN (SELECT JSON_OBJECT(
                   'sku_id', CAST(in_sku_id AS CHAR), 'product_id', CAST(s.product_id AS CHAR), 'title', s.title,
                   'options_text', s.options_text, 'image_url', s.image_url, 'qty', in_qty + 0,
                   'ticked', JSON_EXTRACT(IF(in_ticked, 'true', 'false'), '$'), 'price', s.price,
                   'currency', s.currency, 'total', CAST(s.price AS DECIMAL(20, 0)) * in_qty,
                   'added_price', in_added_price + 0, 'added_currency', in_added_currency,
                   'price_change', IF(s.currency = in_added_currency, s.price - in_added_price, NULL),
                   'availability', CASE WHEN s.state <> 'active' THEN 'not_for_sale'
                                        WHEN COALESCE(t.on_hand - t.reserved, 0) <= 0 THEN 'uncertain'
                                        WHEN t.on_hand - t.reserved < GREATEST(6, in_qty) THEN 'few_left'
                                        ELSE 'available' END,
                   'added_at', rfc3339(in_added_at))
          FROM sku s
          LEFT JOIN stock t ON t.sku_id = s.sku_id AND t.pool = 'main'
         WHERE s.sku_id = in_sku_id)
