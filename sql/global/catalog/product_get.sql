-- What: a published product with its options, pictures and SKUs (retired ones left out), put together in one statement.
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
    DECLARE v_body LONGTEXT;
    DECLARE v_version BIGINT;

    SELECT CONCAT(
        '{"product_id":"', p.product_id, '","handle":', JSON_QUOTE(p.handle), ',"title":', JSON_QUOTE(p.title),
        ',"description_html":', JSON_QUOTE(COALESCE(p.description_html, '')), ',"vendor":', JSON_QUOTE(p.vendor),
        ',"product_type":', JSON_QUOTE(p.product_type), ',"tags":', COALESCE(p.tags, '[]'),
        ',"categories":[', COALESCE((
            SELECT GROUP_CONCAT(JSON_OBJECT('category_id', CAST(c.category_id AS CHAR), 'name', c.name) ORDER BY c.path)
            FROM product_category l JOIN category c ON c.category_id = l.category_id
            WHERE l.product_id = p.product_id), ''),
        '],"options":[', COALESCE((
            SELECT GROUP_CONCAT('{"name":', JSON_QUOTE(o.name), ',"values":', o.option_values, '}' ORDER BY o.position)
            FROM product_option o WHERE o.product_id = p.product_id), ''),
        '],"images":[', COALESCE((
            SELECT GROUP_CONCAT(JSON_OBJECT('url', i.url, 'alt', i.alt) ORDER BY i.position)
            FROM product_image i WHERE i.product_id = p.product_id), ''),
        '],"skus":[', COALESCE((
            SELECT GROUP_CONCAT('{"sku_id":"', s.sku_id, '","title":', JSON_QUOTE(s.title), ',"options":', s.option_values,
                                ',"price":', s.price, ',"list_price":', COALESCE(s.list_price, 'null'), ',"currency":"',
                                s.currency, '","image_url":', COALESCE(JSON_QUOTE(s.image_url), 'null'), ',"state":"',
                                s.state, '"}' ORDER BY s.position, s.sku_id)
            FROM sku s WHERE s.product_id = p.product_id AND s.state <> 'retired'), ''),
        '],"state":"', p.state, '","version":', p.version, '}'), p.version
    INTO v_body, v_version
    FROM product p WHERE p.product_id = in_product_id AND p.state = 'published';
    IF v_body IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    SELECT 200 AS status, v_body AS body, CONCAT('v', v_version) AS etag;
END
