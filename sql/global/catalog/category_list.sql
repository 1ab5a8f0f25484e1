-- What: all categories by name, each with the number of published products in it. At most 1,000.
-- Parameters: none
-- Returns: 200 {items: [{category_id, parent_id, name, products}], next_cursor: null}
-- Errors: none
-- Locks: none
-- Example: CALL category_list()
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE category_list()
SQL SECURITY DEFINER READS SQL DATA
BEGIN
    SELECT 200 AS status,
           CONCAT('{"items":[', COALESCE(GROUP_CONCAT(JSON_OBJECT(
                      'category_id', CAST(c.category_id AS CHAR), 'parent_id', CAST(c.parent_id AS CHAR), 'name', c.name,
                      'products', c.products) ORDER BY c.name, c.path), ''), '],"next_cursor":null}') AS body
    FROM (SELECT k.category_id, k.parent_id, k.name, k.path,
                 (SELECT COUNT(*) FROM product_category l WHERE l.category_id = k.category_id AND l.listed = 1) AS products
          FROM category k ORDER BY k.path LIMIT 1000) c;
END
