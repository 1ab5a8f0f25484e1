-- What: a SKU as the staff sees it. Internal.
-- Parameters: in_sku_id  which SKU
-- Returns: JSON {sku_id, product_id, product_title, title, options, code, price, list_price, currency, image_url, state,
--   weight_grams, version}; NULL when there is none
-- Locks: none
-- Example: SELECT sku_json(9)
CREATE DEFINER='souk_definer'@'localhost' FUNCTION sku_json(in_sku_id BIGINT) RETURNS LONGTEXT
SQL SECURITY DEFINER READS SQL DATA
RETURN (
    SELECT JSON_OBJECT('sku_id', CAST(s.sku_id AS CHAR), 'product_id', CAST(s.product_id AS CHAR), 'product_title', p.title,
                       'title', s.title, 'options', JSON_EXTRACT(s.option_values, '$'), 'code', s.code, 'price', s.price,
                       'list_price', s.list_price, 'currency', s.currency, 'image_url', s.image_url, 'state', s.state,
                       'weight_grams', s.weight_grams, 'version', s.version)
    FROM sku s JOIN product p ON p.product_id = s.product_id WHERE s.sku_id = in_sku_id)
