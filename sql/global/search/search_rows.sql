-- search_rows: what the search server is to hold of some products.
--
-- Parameters
--   in_after  BIGINT  NULL: the products that it has not followed yet; else the products with ids above this one
--   in_limit  BIGINT  products at most
-- Returns  one row: status INT, body JSON
--   200 {"items": [{product_id, marks, there: 0|1, title, about, body, filter, vendor, price}]}; there 0: it is to be
--        taken out. marks is 0 where it was not due
-- Errors   none of its own
-- Locks    none
-- Example  CALL search_rows(NULL, 200);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE search_rows(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'what the search server is to hold'
BEGIN
    SELECT 200 AS status, CONCAT('{"items":[', COALESCE(GROUP_CONCAT(JSON_OBJECT(
               'product_id', CAST(i.product_id AS CHAR), 'marks', i.marks, 'there', IF(d.product_id IS NULL, 0, 1),
               'title', d.title_text, 'about', d.about_text, 'body', d.body_text, 'filter', d.filter_text,
               'vendor', p.vendor, 'price', p.price_min) ORDER BY i.product_id), ''), ']}') AS body
      FROM ((SELECT product_id, marks FROM search_due WHERE target = 'server' AND in_after IS NULL
              ORDER BY product_id LIMIT in_limit)
            UNION ALL
            (SELECT product_id, 0 FROM search_doc WHERE product_id > in_after ORDER BY product_id LIMIT in_limit)) i
      LEFT JOIN search_doc d ON d.product_id = i.product_id
      LEFT JOIN product p ON p.product_id = i.product_id;
END
