-- What: products whose lists have to be made anew because the category tree changed, oldest first: for the worker.
-- Parameters: in_limit  products at most
-- Returns: 200 {items: [product_id]}
-- Errors: none
-- Locks: none
-- Example: CALL listing_pending_list(100)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE listing_pending_list(IN in_limit BIGINT)
SQL SECURITY DEFINER READS SQL DATA
SELECT 200 AS status,
       CONCAT('{"items":[', COALESCE(GROUP_CONCAT(JSON_QUOTE(CAST(l.product_id AS CHAR)) ORDER BY l.created_at), ''), ']}') AS body
FROM (SELECT product_id, created_at FROM listing_pending ORDER BY created_at, product_id LIMIT in_limit) l
