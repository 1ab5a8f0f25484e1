-- What: all categories by name, each with the number of published products in it and below it. At most 1,000.
-- Parameters: none
-- Returns: 200 {items: [{category_id, parent_id, name, products, version}], next_cursor: null}
-- Errors: none
-- Locks: none
-- Example: CALL category_list()
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE category_list()
SQL SECURITY DEFINER READS SQL DATA
BEGIN
    SELECT 200 AS status,
           CONCAT('{"items":[', COALESCE(GROUP_CONCAT(JSON_OBJECT(
                      'category_id', CAST(c.category_id AS CHAR), 'parent_id', CAST(c.parent_id AS CHAR), 'name', c.name,
                      'products', COALESCE(n.products, 0), 'version', c.version) ORDER BY c.name, c.path), ''),
                  '],"next_cursor":null}') AS body
    FROM (SELECT category_id, parent_id, name, path, version FROM category ORDER BY path LIMIT 1000) c
    LEFT JOIN listing_count n ON n.list_id = c.category_id AND n.term_id = 0;
END
