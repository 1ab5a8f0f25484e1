-- What: about how many ids of products and SKUs there are, to size the filter of ids by.
-- Parameters: none
-- Returns: 200 {ids}
-- Errors: none
-- Locks: none
-- Example: CALL catalog_ids_count()
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE catalog_ids_count()
SQL SECURITY DEFINER READS SQL DATA
BEGIN
    SELECT 200 AS status,
           JSON_OBJECT('ids', (SELECT COUNT(*) FROM product) + (SELECT COUNT(*) FROM sku)) AS body;
END
