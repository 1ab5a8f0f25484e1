-- What: puts the product into the category of in_product, made when it is new, and into the list of everything. Internal: the
--   caller's transaction holds the product's row, which is written already.
-- Parameters:
--   in_product_id   which product
--   in_category_id  a fresh id for a new category
--   in_product      JSON, see product_import; category_path '' is no category
-- Errors: 1406 a text is too long
-- Locks: the category, then the product's listings
-- Example: CALL product_put_category(7, 8, v_product)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_put_category(
    IN in_product_id BIGINT, IN in_category_id BIGINT, IN in_product LONGTEXT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE v_path VARCHAR(512) DEFAULT JSON_UNQUOTE(JSON_EXTRACT(in_product, '$.category_path'));
    DECLARE v_name VARCHAR(255) DEFAULT JSON_UNQUOTE(JSON_EXTRACT(in_product, '$.category'));

    IF v_path <> '' THEN
        INSERT INTO category (category_id, parent_id, name, path) VALUES (in_category_id, NULL, v_name, v_path)
        ON DUPLICATE KEY UPDATE path = category.path;
    END IF;
    DELETE FROM product_category WHERE product_id = in_product_id;
    INSERT INTO product_category (product_id, category_id, listed)
    SELECT p.product_id, c.category_id, p.state = 'published'
    FROM product p
    JOIN (SELECT 0 AS category_id UNION ALL
          SELECT category_id FROM category WHERE path = v_path COLLATE utf8mb4_general_ci) c
    WHERE p.product_id = in_product_id;
END
