-- What: the lists that a product should stand in: everything, its categories and all above them, its vendor, the option
--   values of its active SKUs. Internal.
-- Parameters: in_product_id  which product
-- Returns: the list ids, ascending, by comma; NULL for a product that is not published
-- Locks: none
-- Example: SELECT listing_wanted(7)
CREATE DEFINER='souk_definer'@'localhost' FUNCTION listing_wanted(in_product_id BIGINT) RETURNS LONGTEXT
SQL SECURITY DEFINER READS SQL DATA
BEGIN
    RETURN (
        WITH RECURSIVE place (category_id, parent_id, depth) AS (
            SELECT c.category_id, c.parent_id, 1
            FROM product_category l JOIN category c ON c.category_id = l.category_id WHERE l.product_id = in_product_id
            UNION
            SELECT c.category_id, c.parent_id, b.depth + 1
            FROM place b JOIN category c ON c.category_id = b.parent_id WHERE b.depth < 10)
        SELECT GROUP_CONCAT(DISTINCT w.list_id ORDER BY w.list_id)
        FROM (SELECT 0 AS list_id
              UNION ALL
              SELECT category_id FROM place
              UNION ALL
              SELECT -t.term_id FROM product v
              JOIN listing_term t ON t.kind = 'vendor' AND t.name = '' AND t.value = v.vendor
              WHERE v.product_id = in_product_id
              UNION ALL
              SELECT -t.term_id
              FROM sku s
              JOIN JSON_TABLE(s.option_values, '$[*]' COLUMNS (n FOR ORDINALITY, value VARCHAR(255) PATH '$')) j
              JOIN product_option o ON o.product_id = s.product_id AND o.position = j.n
              JOIN listing_term t ON t.kind = 'option' AND t.name = o.name
                                  AND t.value = j.value COLLATE utf8mb4_general_ci
              WHERE s.product_id = in_product_id AND s.state = 'active') w
        JOIN product p ON p.product_id = in_product_id AND p.state = 'published');
END
