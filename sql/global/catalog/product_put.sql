-- What: writes the product's own row, its options, pictures and words. Internal: the caller's transaction holds the row, and
--   its SKUs are written already. A product that shall be published stays what it is until product_import_finish.
-- Parameters:
--   in_product_id    which product
--   in_version       its new version
--   in_content_hash  SHA-256 of its content, hex
--   in_product       JSON, see product_import
-- Errors: 1406 a text is too long
-- Locks: the product's rows
-- Example: CALL product_put(7, 2, REPEAT('0', 64), v_product)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_put(
    IN in_product_id BIGINT, IN in_version BIGINT, IN in_content_hash CHAR(64), IN in_product LONGTEXT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DELETE FROM product_option WHERE product_id = in_product_id;
    INSERT INTO product_option (product_id, position, name, option_values)
    SELECT in_product_id, j.n, j.name, j.option_values
    FROM JSON_TABLE(in_product, '$.options[*]' COLUMNS (
        n FOR ORDINALITY, name VARCHAR(255) PATH '$.name', option_values LONGTEXT PATH '$.option_values')) j;

    DELETE FROM product_image WHERE product_id = in_product_id;
    INSERT INTO product_image (product_id, position, url, alt)
    SELECT in_product_id, j.n, j.url, j.alt
    FROM JSON_TABLE(in_product, '$.images[*]' COLUMNS (
        n FOR ORDINALITY, url VARCHAR(2048) PATH '$.url', alt VARCHAR(512) PATH '$.alt')) j;

    DELETE FROM product_word WHERE product_id = in_product_id;
    INSERT INTO product_word (word, product_id)
    SELECT j.word, in_product_id FROM JSON_TABLE(in_product, '$.words[*]' COLUMNS (word VARCHAR(64) PATH '$')) j;

    UPDATE product p
    JOIN JSON_TABLE(in_product, '$' COLUMNS (
        title VARCHAR(255) PATH '$.title', description_html LONGTEXT PATH '$.description_html',
        vendor VARCHAR(255) PATH '$.vendor', product_type VARCHAR(255) PATH '$.product_type', tags LONGTEXT PATH '$.tags',
        currency CHAR(3) PATH '$.currency', state VARCHAR(16) PATH '$.state')) j
    JOIN (SELECT COALESCE(MIN(price), 0) AS price_min, COALESCE(MAX(price), 0) AS price_max
          FROM sku WHERE product_id = in_product_id AND state = 'active') s
    LEFT JOIN product_image i ON i.product_id = in_product_id AND i.position = 1
    SET p.title = j.title, p.description_html = j.description_html, p.vendor = j.vendor, p.product_type = j.product_type,
        p.tags = j.tags, p.image_url = i.url, p.image_alt = i.alt, p.price_min = s.price_min, p.price_max = s.price_max,
        p.currency = j.currency, p.state_wanted = j.state, p.state = IF(j.state = 'draft', 'draft', p.state), p.pending = 1,
        p.content_hash = in_content_hash, p.version = in_version, p.updated_at = UTC_TIMESTAMP(3)
    WHERE p.product_id = in_product_id;
END
