-- What: a category as answers show it. Internal.
-- Parameters: in_category_id  which category
-- Returns: JSON {category_id, parent_id, name, products, version}; NULL when there is none
-- Locks: none
-- Example: SELECT category_json(8)
CREATE DEFINER='souk_definer'@'localhost' FUNCTION category_json(in_category_id BIGINT) RETURNS LONGTEXT
SQL SECURITY DEFINER READS SQL DATA
RETURN (
    SELECT JSON_OBJECT('category_id', CAST(c.category_id AS CHAR), 'parent_id', CAST(c.parent_id AS CHAR), 'name', c.name,
                       'products', COALESCE(n.products, 0), 'version', c.version)
    FROM category c LEFT JOIN listing_count n ON n.list_id = c.category_id AND n.term_id = 0
    WHERE c.category_id = in_category_id)
