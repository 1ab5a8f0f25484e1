-- search_cards: found products as lists show them, with what highlighting needs, and the names of categories.
--
-- Parameters
--   in_product_ids   LONGTEXT  JSON array of product ids, in the order to answer them; unpublished ones are left out
--   in_category_ids  LONGTEXT  JSON array of category ids
-- Returns  one row: status INT, body JSON
--   200 {"items": [{card: product_card, snippet}], "categories": [{category_id, name}]}
-- Errors   none of its own
-- Locks    none
-- Example  CALL search_cards('["7"]', '[]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE search_cards(in_product_ids LONGTEXT, in_category_ids LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'found products as lists show them'
BEGIN
    DECLARE v_items, v_categories LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT(
               'card', JSON_EXTRACT(product_card(p.product_id, p.handle, p.title, p.vendor, p.product_type, p.image_url,
                                                 p.image_alt, p.price_min, p.price_max, p.currency), '$'),
               'snippet', COALESCE(d.snippet, '')) ORDER BY j.n)
      INTO v_items
      FROM JSON_TABLE(in_product_ids, '$[*]' COLUMNS (n FOR ORDINALITY, product_id BIGINT PATH '$')) j
      JOIN product p ON p.product_id = j.product_id AND p.state = 'published'
      LEFT JOIN search_doc d ON d.product_id = p.product_id;
    SELECT GROUP_CONCAT(JSON_OBJECT('category_id', CAST(c.category_id AS CHAR), 'name', c.name) ORDER BY j.n)
      INTO v_categories
      FROM JSON_TABLE(in_category_ids, '$[*]' COLUMNS (n FOR ORDINALITY, category_id BIGINT PATH '$')) j
      JOIN category c ON c.category_id = j.category_id;

    SELECT 200 AS status, CONCAT('{"items":[', COALESCE(v_items, ''), '],"categories":[', COALESCE(v_categories, ''), ']}') AS body;
END
