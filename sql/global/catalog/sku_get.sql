-- What: one SKU of a published product; a retired one too, since orders and carts point to it.
-- Parameters: in_sku_id  which SKU
-- Returns: 200 {sku_id, product_id, product_title, title, options, price, list_price, currency, image_url, state,
--   weight_grams, version}, etag
-- Errors: 30004 not_found
-- Locks: none
-- Example: CALL sku_get(9)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE sku_get(IN in_sku_id BIGINT)
SQL SECURITY DEFINER READS SQL DATA
BEGIN
    DECLARE v_body LONGTEXT;
    DECLARE v_version BIGINT;

    SELECT JSON_OBJECT('sku_id', CAST(s.sku_id AS CHAR), 'product_id', CAST(s.product_id AS CHAR), 'product_title', p.title,
                       'title', s.title, 'options', JSON_EXTRACT(s.option_values, '$'), 'price', s.price,
                       'list_price', s.list_price, 'currency', s.currency, 'image_url', COALESCE(s.image_url, p.image_url),
                       'state', s.state, 'weight_grams', s.weight_grams, 'version', s.version),
           s.version
    INTO v_body, v_version
    FROM sku s JOIN product p ON p.product_id = s.product_id AND p.state = 'published'
    WHERE s.sku_id = in_sku_id;
    IF v_body IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    SELECT 200 AS status, v_body AS body, CONCAT('v', v_version) AS etag;
END
