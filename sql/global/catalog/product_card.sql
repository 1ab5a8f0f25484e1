-- What: a product as lists show it. Internal.
-- Parameters: the columns of product with these names
-- Returns: JSON {product_id, handle, title, vendor, product_type, image: {url, alt} | null, price_min, price_max, currency}
-- Locks: none
-- Example: SELECT product_card(p.product_id, p.handle, …) FROM product p
CREATE DEFINER='souk_definer'@'localhost' FUNCTION product_card(
    in_product_id BIGINT, in_handle VARCHAR(255), in_title VARCHAR(255), in_vendor VARCHAR(255),
    in_product_type VARCHAR(255), in_image_url VARCHAR(2048), in_image_alt VARCHAR(512), in_price_min BIGINT,
    in_price_max BIGINT, in_currency CHAR(3)) RETURNS LONGTEXT
SQL SECURITY DEFINER DETERMINISTIC NO SQL
RETURN JSON_OBJECT(
    'product_id', CAST(in_product_id AS CHAR), 'handle', in_handle, 'title', in_title, 'vendor', in_vendor,
    'product_type', in_product_type,
    'image', JSON_EXTRACT(IF(in_image_url IS NULL, 'null', JSON_OBJECT('url', in_image_url, 'alt', in_image_alt)), '$'),
    'price_min', in_price_min + 0, 'price_max', in_price_max + 0, 'currency', in_currency)
