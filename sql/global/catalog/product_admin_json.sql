-- What: a product as the staff sees it: drafts too, and all its SKUs. Internal.
-- Parameters: in_product_id  which product
-- Returns: JSON {product_id, handle, title, description_html, vendor, product_type, tags, categories: [{category_id, name}],
--   options: [{name, values}], images: [{url, alt}], skus: [{sku_id, title, options, code, price, list_price, currency,
--   image_url, state, weight_grams, version}], currency, state, version}; NULL when there is none
-- Locks: none
-- Example: SELECT product_admin_json(7)
CREATE DEFINER='souk_definer'@'localhost' FUNCTION product_admin_json(in_product_id BIGINT) RETURNS LONGTEXT
SQL SECURITY DEFINER READS SQL DATA
RETURN (
    SELECT CONCAT(
        '{"product_id":"', p.product_id, '","handle":', JSON_QUOTE(p.handle), ',"title":', JSON_QUOTE(p.title),
        ',"description_html":', JSON_QUOTE(COALESCE(p.description_html, '')), ',"vendor":', JSON_QUOTE(p.vendor),
        ',"product_type":', JSON_QUOTE(p.product_type), ',"tags":', COALESCE(p.tags, '[]'),
        ',"categories":[', COALESCE((
            SELECT GROUP_CONCAT(JSON_OBJECT('category_id', CAST(c.category_id AS CHAR), 'name', c.name) ORDER BY c.path)
            FROM product_category l JOIN category c ON c.category_id = l.category_id
            WHERE l.product_id = p.product_id), ''),
        '],"options":[', COALESCE((
            SELECT GROUP_CONCAT(JSON_OBJECT('name', o.name, 'values', JSON_EXTRACT(o.option_values, '$')) ORDER BY o.position)
            FROM product_option o WHERE o.product_id = p.product_id), ''),
        '],"images":[', COALESCE((
            SELECT GROUP_CONCAT(JSON_OBJECT('url', i.url, 'alt', i.alt) ORDER BY i.position)
            FROM product_image i WHERE i.product_id = p.product_id), ''),
        '],"skus":[', COALESCE((
            SELECT GROUP_CONCAT(JSON_OBJECT(
                'sku_id', CAST(s.sku_id AS CHAR), 'title', s.title, 'options', JSON_EXTRACT(s.option_values, '$'),
                'code', s.code, 'price', s.price, 'list_price', s.list_price, 'currency', s.currency,
                'image_url', s.image_url, 'state', s.state, 'weight_grams', s.weight_grams, 'version', s.version)
                ORDER BY s.position, s.sku_id)
            FROM sku s WHERE s.product_id = p.product_id), ''),
        '],"currency":', JSON_QUOTE(p.currency), ',"state":', JSON_QUOTE(p.state_wanted), ',"version":', p.version, '}')
    FROM product p WHERE p.product_id = in_product_id)
