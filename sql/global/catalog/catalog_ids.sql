-- What: a page of the ids of all products and SKUs, published or not, in order.
-- Parameters:
--   in_after  the last id of the page before; 0 for the first
--   in_limit  ids a page holds at most; 20,000 are 400 kB
-- Returns: 200 [id, …] as numbers: read by souk api alone
-- Errors: none
-- Locks: none
-- Example: CALL catalog_ids(0, 20000)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE catalog_ids(IN in_after BIGINT, IN in_limit BIGINT)
SQL SECURITY DEFINER READS SQL DATA
BEGIN
    SELECT 200 AS status, CONCAT('[', COALESCE(GROUP_CONCAT(l.id ORDER BY l.id), ''), ']') AS body
    FROM (SELECT u.id
          FROM ((SELECT product_id AS id FROM product WHERE product_id > in_after ORDER BY product_id LIMIT in_limit)
                UNION ALL
                (SELECT sku_id AS id FROM sku WHERE sku_id > in_after ORDER BY sku_id LIMIT in_limit)) u
          ORDER BY u.id LIMIT in_limit) l;
END
