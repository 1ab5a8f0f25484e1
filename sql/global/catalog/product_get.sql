-- What: a published product with its options, pictures and SKUs (retired ones left out).
-- Parameters: in_product_id  which product
-- Returns: 200 {product_id, handle, title, description_html, vendor, product_type, tags, categories: [{category_id, name}],
--   options: [{name, values}], images: [{url, alt}], skus: [{sku_id, title, options, price, list_price, currency, image_url,
--   state}], state, version}, etag
-- Errors: 30004 not_found
-- Locks: none
-- Example: CALL product_get(7)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_get(IN in_product_id BIGINT)
SQL SECURITY DEFINER READS SQL DATA
BEGIN
    DECLARE v_categories, v_options, v_images, v_skus LONGTEXT;

    IF NOT EXISTS (SELECT 1 FROM product WHERE product_id = in_product_id AND state = 'published') THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    SELECT GROUP_CONCAT(JSON_OBJECT('category_id', CAST(c.category_id AS CHAR), 'name', c.name) ORDER BY c.path)
    INTO v_categories
    FROM product_category l JOIN category c ON c.category_id = l.category_id WHERE l.product_id = in_product_id;
    SELECT GROUP_CONCAT(JSON_OBJECT('name', name, 'values', JSON_EXTRACT(option_values, '$')) ORDER BY position)
    INTO v_options FROM product_option WHERE product_id = in_product_id;
    SELECT GROUP_CONCAT(JSON_OBJECT('url', url, 'alt', alt) ORDER BY position)
    INTO v_images FROM product_image WHERE product_id = in_product_id;
    SELECT GROUP_CONCAT(JSON_OBJECT('sku_id', CAST(sku_id AS CHAR), 'title', title,
                                    'options', JSON_EXTRACT(option_values, '$'), 'price', price, 'list_price', list_price,
                                    'currency', currency, 'image_url', image_url, 'state', state) ORDER BY position)
    INTO v_skus FROM sku WHERE product_id = in_product_id AND state <> 'retired';

    SELECT 200 AS status,
           JSON_OBJECT('product_id', CAST(product_id AS CHAR), 'handle', handle, 'title', title,
                       'description_html', COALESCE(description_html, ''), 'vendor', vendor, 'product_type', product_type,
                       'tags', JSON_EXTRACT(COALESCE(tags, '[]'), '$'),
                       'categories', JSON_EXTRACT(CONCAT('[', COALESCE(v_categories, ''), ']'), '$'),
                       'options', JSON_EXTRACT(CONCAT('[', COALESCE(v_options, ''), ']'), '$'),
                       'images', JSON_EXTRACT(CONCAT('[', COALESCE(v_images, ''), ']'), '$'),
                       'skus', JSON_EXTRACT(CONCAT('[', COALESCE(v_skus, ''), ']'), '$'),
                       'state', state, 'version', version) AS body,
           CONCAT('v', version) AS etag
    FROM product WHERE product_id = in_product_id;
END
