-- What: by what the products that pass the filters can be told apart: the option values and vendors among them, most
--   frequent first. Of a whole category (or the whole shop) the numbers are kept; with further filters the first 2,000 are
--   counted. At most 200 values come.
-- Parameters: as product_list
-- Returns: 200 {products, approximate, attributes: [{name, values: [{value, products}]}], vendors: [{vendor, products}],
--   price_min, price_max}; approximate: there are more than were counted; prices null when there are no products
-- Errors: none
-- Locks: none
-- Example: CALL product_facets(8, NULL, NULL, NULL, NULL)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_facets(
    IN in_category BIGINT, IN in_vendor VARCHAR(255), IN in_attr LONGTEXT, IN in_price_min BIGINT,
    IN in_price_max BIGINT)
SQL SECURITY DEFINER READS SQL DATA
BEGIN
    DECLARE v_walk, v_last, v_products, v_price_min, v_price_max BIGINT;
    DECLARE v_groups INT;
    DECLARE v_others, v_ids, v_terms, v_attributes, v_vendors LONGTEXT;

    IF COALESCE(in_vendor, in_attr, in_price_min, in_price_max) IS NULL THEN
        SET v_walk = COALESCE(in_category, 0);
        SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT('t', c.term_id, 'n', c.products)), ''), ']') INTO v_terms
        FROM (SELECT term_id, products FROM listing_count WHERE list_id = v_walk AND term_id > 0 AND products > 0
              ORDER BY products DESC LIMIT 200) c;
        SELECT products INTO v_products FROM listing_count WHERE list_id = v_walk AND term_id = 0;
        SELECT MIN(price), MAX(price) INTO v_price_min, v_price_max FROM product_listing WHERE list_id = v_walk;
    ELSE
        CALL listing_choose(in_category, in_vendor, in_attr, v_walk, v_others, v_groups);
        CALL listing_walk(v_walk, v_others, v_groups, in_price_min, in_price_max, 'newest', NULL, NULL, 1999, v_ids, v_last);
        SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT('t', -c.list_id, 'n', c.products)), ''), ']') INTO v_terms
        FROM (SELECT l.list_id, COUNT(*) AS products
              FROM JSON_TABLE(v_ids, '$[*]' COLUMNS (product_id BIGINT PATH '$')) j
              JOIN product_listing l ON l.product_id = j.product_id AND l.list_id < 0
              GROUP BY l.list_id ORDER BY products DESC LIMIT 200) c;
        SELECT COUNT(*), MIN(l.price), MAX(l.price) INTO v_products, v_price_min, v_price_max
        FROM JSON_TABLE(v_ids, '$[*]' COLUMNS (product_id BIGINT PATH '$')) j
        JOIN product_listing l ON l.list_id = v_walk AND l.product_id = j.product_id;
    END IF;

    SELECT GROUP_CONCAT(IF(v.kind = 'option', JSON_OBJECT('name', v.name, 'values', JSON_EXTRACT(v.list, '$')), NULL)
                        ORDER BY v.products DESC, v.name),
           MAX(IF(v.kind = 'vendor', v.list, NULL))
    INTO v_attributes, v_vendors
    FROM (SELECT t.kind, t.name, MAX(j.n) AS products,
                 CONCAT('[', GROUP_CONCAT(IF(t.kind = 'vendor', JSON_OBJECT('vendor', t.value, 'products', j.n),
                                             JSON_OBJECT('value', t.value, 'products', j.n))
                                          ORDER BY j.n DESC, t.value), ']') AS list
          FROM JSON_TABLE(v_terms, '$[*]' COLUMNS (t BIGINT PATH '$.t', n BIGINT PATH '$.n')) j
          JOIN listing_term t ON t.term_id = j.t
          GROUP BY t.kind, t.name) v;

    SELECT 200 AS status,
           CONCAT('{"products":', COALESCE(v_products, 0), ',"approximate":', IF(v_last IS NULL, 'false', 'true'),
                  ',"attributes":[', COALESCE(v_attributes, ''), '],"vendors":', COALESCE(v_vendors, '[]'),
                  ',"price_min":', COALESCE(v_price_min, 'null'), ',"price_max":', COALESCE(v_price_max, 'null'), '}') AS body;
END
