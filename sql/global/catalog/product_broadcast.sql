-- What: the SKUs of a product as every shard must have them, with what the import wants to know of their first receipt.
--   Internal.
-- Parameters: in_product_id  which product
-- Returns: JSON array of {sku_id, product_id, title, options_text, image_url, price, currency, list_price, state,
--   weight_grams, tax_class, version, category_ids, option_key, initial_units, reference, received}; a SKU of a draft product is a draft
-- Locks: none
-- Example: SELECT product_broadcast(7)
CREATE DEFINER='souk_definer'@'localhost' FUNCTION product_broadcast(in_product_id BIGINT) RETURNS LONGTEXT
SQL SECURITY DEFINER READS SQL DATA
BEGIN
    RETURN (
        SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT(
                   'sku_id', s.sku_id, 'product_id', s.product_id, 'title', p.title,
                   'options_text', IF(JSON_LENGTH(s.option_values) = 0, '', s.title),
                   'image_url', COALESCE(s.image_url, p.image_url), 'price', s.price, 'currency', s.currency,
                   'list_price', s.list_price,
                   'state', IF(p.state_wanted = 'published' OR s.state = 'retired', s.state, 'draft'),
                   'weight_grams', s.weight_grams, 'tax_class', s.tax_class, 'version', s.version,
                   'category_ids', JSON_EXTRACT(product_categories(s.product_id), '$'), 'option_key', s.option_key,
                   'initial_units', s.initial_units, 'reference', s.reference, 'received', COALESCE(r.qty, 0))
               ORDER BY s.position), ''), ']')
        FROM (SELECT k.*, CONCAT('import:', i.handle, ':', LEFT(k.option_key, 32)) AS reference
              FROM sku k JOIN product i ON i.product_id = k.product_id WHERE k.product_id = in_product_id) s
        JOIN product p ON p.product_id = s.product_id
        LEFT JOIN goods_receipt r ON r.reference = s.reference COLLATE utf8mb4_bin);
END
