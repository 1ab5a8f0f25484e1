-- What: published products in whose title, vendor, type or tags each of the words begins a word; newest first. Bounded: of
--   the first word the first 1,000 places in the index are looked at.
-- Parameters:
--   in_words  JSON array of folded words, the longest first; letters and digits only
--   in_limit  products to answer at most
-- Returns: 200 {items: [product_card], next_cursor: null}
-- Errors: none
-- Locks: none
-- Example: CALL product_search('["lamp","oak"]', 20)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_search(IN in_words LONGTEXT, IN in_limit BIGINT)
SQL SECURITY DEFINER READS SQL DATA
BEGIN
    DECLARE v_first VARCHAR(65) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        DEFAULT CONCAT(JSON_UNQUOTE(JSON_EXTRACT(in_words, '$[0]')), '%');
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(product_card(p.product_id, p.handle, p.title, p.vendor, p.product_type, p.image_url, p.image_alt,
                                     p.price_min, p.price_max, p.currency) ORDER BY p.product_id DESC)
    INTO v_items
    FROM (SELECT c.product_id
          FROM (SELECT DISTINCT product_id
                FROM (SELECT product_id FROM product_word WHERE word LIKE v_first ORDER BY word, product_id LIMIT 1000) r) c
          JOIN product_word w ON w.product_id = c.product_id
          JOIN JSON_TABLE(in_words, '$[*]' COLUMNS (n FOR ORDINALITY, word VARCHAR(64) PATH '$')) q
            ON w.word LIKE CONCAT(q.word, '%') COLLATE utf8mb4_bin
          JOIN product m ON m.product_id = c.product_id AND m.state = 'published'
          GROUP BY c.product_id HAVING COUNT(DISTINCT q.n) = JSON_LENGTH(in_words)
          ORDER BY c.product_id DESC LIMIT in_limit) f
    JOIN product p ON p.product_id = f.product_id;

    SELECT 200 AS status, CONCAT('{"items":[', COALESCE(v_items, ''), '],"next_cursor":null}') AS body;
END
