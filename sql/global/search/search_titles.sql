-- search_titles: products in whose titles words stand, categories and vendors whose names begin like what was typed.
--
-- Parameters
--   in_words   LONGTEXT     JSON array of {word, prefix: 0|1}, all of which must stand in the title; the rarest first
--   in_begins  VARCHAR(200) what the names begin with, as typed
--   in_limit   BIGINT       products at most
-- Returns  one row: status INT, body JSON
--   200 {"products": [{product_id, title}], "categories": [{category_id, name}], "vendors": [{name}]}: at most 3 of each name
-- Errors   none of its own
-- Locks    none
-- Example  CALL search_titles('[{"word": "lamp", "prefix": 1}]', 'lamp', 5);
--
-- Bounded: of the first word 500 places in the index are looked at.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE search_titles(
    in_words LONGTEXT, in_begins VARCHAR(200), in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'titles and names to suggest'
BEGIN
    DECLARE v_first VARCHAR(66) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        DEFAULT CONCAT(JSON_UNQUOTE(JSON_EXTRACT(in_words, '$[0].word')),
                       IF(JSON_EXTRACT(in_words, '$[0].prefix') = 1, '%', ''));
    DECLARE v_begins VARCHAR(420) DEFAULT CONCAT(REPLACE(REPLACE(REPLACE(in_begins, '\\', '\\\\'), '%', '\%'), '_', '\_'), '%');
    DECLARE v_products, v_categories, v_vendors LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('product_id', CAST(f.product_id AS CHAR), 'title', f.title) ORDER BY f.product_id DESC)
      INTO v_products
      FROM (SELECT DISTINCT p.product_id, p.title
              FROM (SELECT product_id, weight FROM search_word WHERE word LIKE v_first ORDER BY word, product_id DESC LIMIT 500) c
              JOIN product p ON p.product_id = c.product_id AND p.state = 'published'
             WHERE c.weight = 9
               AND NOT EXISTS (SELECT 1 FROM JSON_TABLE(in_words, '$[*]' COLUMNS (
                                   n FOR ORDINALITY, word VARCHAR(64) PATH '$.word', prefix INT PATH '$.prefix')) q
                                WHERE q.n > 1 AND NOT EXISTS (
                                    SELECT 1 FROM search_word w
                                     WHERE w.product_id = c.product_id AND w.weight = 9
                                       AND w.word LIKE CONCAT(q.word, IF(q.prefix = 1, '%', '')) COLLATE utf8mb4_bin))
             ORDER BY p.product_id DESC LIMIT in_limit) f;
    SELECT GROUP_CONCAT(JSON_OBJECT('category_id', CAST(c.category_id AS CHAR), 'name', c.name) ORDER BY c.name)
      INTO v_categories
      FROM (SELECT category_id, name FROM category WHERE name LIKE v_begins ORDER BY name LIMIT 3) c;
    SELECT GROUP_CONCAT(JSON_OBJECT('name', v.value) ORDER BY v.value)
      INTO v_vendors
      FROM (SELECT value FROM listing_term WHERE kind = 'vendor' AND name = '' AND value LIKE v_begins ORDER BY value LIMIT 3) v;

    SELECT 200 AS status, CONCAT('{"products":[', COALESCE(v_products, ''), '],"categories":[', COALESCE(v_categories, ''),
               '],"vendors":[', COALESCE(v_vendors, ''), ']}') AS body;
END
