-- What: makes the product's SKUs those of in_product: known option combinations keep their id and their initial units, new
--   ones come in, missing ones are retired. Internal: the caller's transaction holds the product's row.
-- Parameters:
--   in_product_id  which product
--   in_version     its new version, which all its SKUs get
--   in_product     JSON, see product_import
-- Errors: 1406 a text is too long
-- Locks: the product's SKUs
-- Example: CALL product_put_skus(7, 2, v_product)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_put_skus(
    IN in_product_id BIGINT, IN in_version BIGINT, IN in_product LONGTEXT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    UPDATE sku SET state = 'retired', version = in_version WHERE product_id = in_product_id;
    INSERT INTO sku (sku_id, product_id, option_key, position, title, option_values, code, price, list_price, currency,
                     image_url, weight_grams, initial_units, state, version)
    SELECT j.sku_id, in_product_id, j.option_key, j.n, j.title, j.option_values, j.code, j.price, j.list_price,
           JSON_UNQUOTE(JSON_EXTRACT(in_product, '$.currency')), j.image_url, j.weight_grams, j.units, j.state, in_version
    FROM JSON_TABLE(in_product, '$.skus[*]' COLUMNS (
        n FOR ORDINALITY, sku_id BIGINT PATH '$.sku_id', option_key CHAR(64) PATH '$.option_key',
        title VARCHAR(800) PATH '$.title', option_values LONGTEXT PATH '$.option_values', code VARCHAR(255) PATH '$.code',
        price BIGINT PATH '$.price', list_price BIGINT PATH '$.list_price',
        image_url VARCHAR(2048) PATH '$.image_url', weight_grams BIGINT PATH '$.weight_grams', units BIGINT PATH '$.units',
        state VARCHAR(16) PATH '$.state')) j
    ON DUPLICATE KEY UPDATE
        position = j.n, title = j.title, option_values = j.option_values, code = j.code, price = j.price,
        list_price = j.list_price, currency = JSON_UNQUOTE(JSON_EXTRACT(in_product, '$.currency')), image_url = j.image_url,
        weight_grams = j.weight_grams, state = j.state;
END
