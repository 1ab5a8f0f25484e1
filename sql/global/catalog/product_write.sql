-- What: writes the given parts of a product: its texts, pictures, categories and words; what is absent stays. Internal: the
--   caller's transaction holds the product's row.
-- Parameters:
--   in_product_id  which product
--   in_product     JSON {title, description_html, vendor, product_type, tags (text that holds a JSON array), images: [{url,
--                  alt}], category_ids: [id], words: []}
-- Errors: 30003 request.invalid: category_ids
-- Locks: the product's rows
-- Example: CALL product_write(7, '{"title":"Lamp"}')
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_write(IN in_product_id BIGINT, IN in_product LONGTEXT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    IF JSON_CONTAINS_PATH(in_product, 'one', '$.images') THEN
        DELETE FROM product_image WHERE product_id = in_product_id;
        INSERT INTO product_image (product_id, position, url, alt)
        SELECT in_product_id, j.n, j.url, COALESCE(j.alt, '')
        FROM JSON_TABLE(in_product, '$.images[*]' COLUMNS (
            n FOR ORDINALITY, url VARCHAR(2048) PATH '$.url', alt VARCHAR(512) PATH '$.alt')) j;
    END IF;
    IF JSON_CONTAINS_PATH(in_product, 'one', '$.category_ids') THEN
        DELETE FROM product_category WHERE product_id = in_product_id AND category_id <> 0;
        INSERT INTO product_category (product_id, category_id, listed)
        SELECT DISTINCT in_product_id, c.category_id, 0
        FROM (SELECT * FROM JSON_TABLE(in_product, '$.category_ids[*]' COLUMNS (category_id BIGINT PATH '$')) t) j
        JOIN category c ON c.category_id = j.category_id LOCK IN SHARE MODE;
        IF EXISTS (SELECT 1
                   FROM JSON_TABLE(in_product, '$.category_ids[*]' COLUMNS (category_id BIGINT PATH '$')) j
                   LEFT JOIN product_category l ON l.product_id = in_product_id AND l.category_id = j.category_id
                   WHERE l.category_id IS NULL) THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003,
                MESSAGE_TEXT = 'request.invalid: category_ids: there is no such category';
        END IF;
    END IF;
    IF JSON_CONTAINS_PATH(in_product, 'one', '$.words') THEN
        DELETE FROM product_word WHERE product_id = in_product_id;
        INSERT INTO product_word (word, product_id)
        SELECT j.word, in_product_id FROM JSON_TABLE(in_product, '$.words[*]' COLUMNS (word VARCHAR(64) PATH '$')) j;
    END IF;

    UPDATE product p
    JOIN JSON_TABLE(in_product, '$' COLUMNS (
        title VARCHAR(255) PATH '$.title', description_html LONGTEXT PATH '$.description_html',
        vendor VARCHAR(255) PATH '$.vendor', product_type VARCHAR(255) PATH '$.product_type',
        tags LONGTEXT PATH '$.tags')) j
    LEFT JOIN product_image i ON i.product_id = in_product_id AND i.position = 1
    SET p.title = COALESCE(j.title, p.title), p.description_html = COALESCE(j.description_html, p.description_html),
        p.vendor = COALESCE(j.vendor, p.vendor), p.product_type = COALESCE(j.product_type, p.product_type),
        p.tags = COALESCE(j.tags, p.tags), p.image_url = i.url, p.image_alt = i.alt
    WHERE p.product_id = in_product_id;
END
