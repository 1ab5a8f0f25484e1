-- What: the categories a product stands in. Internal.
-- Parameters: in_product_id  which product
-- Returns: JSON array of ids; categories above are not among them
-- Locks: none
-- Example: SELECT product_categories(7)
CREATE DEFINER='souk_definer'@'localhost' FUNCTION product_categories(in_product_id BIGINT) RETURNS LONGTEXT
SQL SECURITY DEFINER READS SQL DATA
RETURN (SELECT CONCAT('[', COALESCE(GROUP_CONCAT(category_id), ''), ']')
        FROM product_category WHERE product_id = in_product_id AND category_id <> 0)
