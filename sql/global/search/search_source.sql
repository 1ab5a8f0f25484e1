-- search_source: products whose search words are due, with all that search words are made of.
--
-- Parameters
--   in_limit  BIGINT  products at most
-- Returns  one row: status INT, body JSON
--   200 {"items": [{product_id, marks, published: 0|1, version, title, vendor, product_type, tags: [], description_html,
--        categories: [{category_id, name}], options: [{name, values: []}]}]}
--        categories: the product's own and all above them; an unpublished product comes with nothing but its id
-- Errors   none of its own
-- Locks    none
-- Example  CALL search_source(100);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE search_source(in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'products whose search words are due'
BEGIN
    SELECT 200 AS status, CONCAT('{"items":[', COALESCE(GROUP_CONCAT(JSON_OBJECT(
               'product_id', CAST(d.product_id AS CHAR), 'marks', d.marks, 'published', COALESCE(p.state = 'published', 0),
               'version', p.version, 'title', p.title, 'vendor', p.vendor, 'product_type', p.product_type,
               'tags', JSON_EXTRACT(COALESCE(p.tags, '[]'), '$'), 'description_html', LEFT(p.description_html, 8000),
               'categories', JSON_EXTRACT((
                   SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT(
                              'category_id', CAST(c.category_id AS CHAR), 'name', c.name)), ''), ']')
                     FROM product_listing l JOIN category c ON c.category_id = l.list_id
                    WHERE l.product_id = d.product_id AND l.list_id > 0), '$'),
               'options', JSON_EXTRACT((
                   SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT(
                              'name', o.name, 'values', JSON_EXTRACT(o.option_values, '$'))), ''), ']')
                     FROM product_option o WHERE o.product_id = d.product_id), '$'))), ''), ']}') AS body
      FROM (SELECT product_id, marks FROM search_due WHERE target = 'words' ORDER BY product_id LIMIT in_limit) d
      LEFT JOIN product p ON p.product_id = d.product_id AND p.state = 'published';
END
