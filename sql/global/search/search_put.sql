-- search_put: makes products' search words what the worker made of search_source, and notes them for the search server.
--
-- Parameters
--   in_docs  LONGTEXT  JSON array of {product_id, marks, published, version, title_text, about_text, body_text, filter_text,
--                      snippet, words: [[word, weight]], typos: [[variant, word]]}
-- Returns  one row: status INT, body JSON
--   200 {"done": n}: so many are no longer due
-- Errors   none of its own
-- Locks    search_doc, search_term, search_word, search_typo (by product), then search_due
-- Example  CALL search_put('[{"product_id": "7", "marks": 1, "published": 0}]');
--
-- Called by one worker at a time; twice with the same products changes nothing the second time.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE search_put(in_docs LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'replaces the search words of products'
BEGIN
    DECLARE v_done BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE search_term t
      JOIN (SELECT w.word, COUNT(*) AS n
              FROM JSON_TABLE(in_docs, '$[*]' COLUMNS (product_id BIGINT PATH '$.product_id')) j
              JOIN search_word w ON w.product_id = j.product_id AND w.weight >= 3
             GROUP BY w.word) old ON old.word = t.word
       SET t.products = t.products - old.n;
    DELETE w FROM search_word w
      JOIN JSON_TABLE(in_docs, '$[*]' COLUMNS (product_id BIGINT PATH '$.product_id')) j ON j.product_id = w.product_id;
    DELETE d FROM search_doc d
      JOIN JSON_TABLE(in_docs, '$[*]' COLUMNS (product_id BIGINT PATH '$.product_id')) j ON j.product_id = d.product_id;

    INSERT INTO search_doc (product_id, version, title_text, about_text, body_text, filter_text, snippet)
    SELECT j.product_id, j.version, j.title_text, j.about_text, j.body_text, j.filter_text, j.snippet
      FROM JSON_TABLE(in_docs, '$[*]' COLUMNS (
               product_id BIGINT PATH '$.product_id', published INT PATH '$.published', version BIGINT PATH '$.version',
               title_text TEXT PATH '$.title_text', about_text TEXT PATH '$.about_text', body_text TEXT PATH '$.body_text',
               filter_text TEXT PATH '$.filter_text', snippet TEXT PATH '$.snippet')) j
     WHERE j.published = 1;
    INSERT INTO search_word (word, product_id, weight)
    SELECT j.word, j.product_id, j.weight
      FROM JSON_TABLE(in_docs, '$[*]' COLUMNS (
               product_id BIGINT PATH '$.product_id',
               NESTED PATH '$.words[*]' COLUMNS (word VARCHAR(64) PATH '$[0]', weight INT PATH '$[1]'))) j
     WHERE j.word IS NOT NULL;
    INSERT INTO search_term (word, products)
    SELECT n.word, n.products
      FROM (SELECT w.word, COUNT(*) AS products
              FROM JSON_TABLE(in_docs, '$[*]' COLUMNS (product_id BIGINT PATH '$.product_id')) j
              JOIN search_word w ON w.product_id = j.product_id AND w.weight >= 3
             WHERE w.word NOT LIKE '\_%'
             GROUP BY w.word) n
    ON DUPLICATE KEY UPDATE products = search_term.products + n.products;
    INSERT IGNORE INTO search_typo (variant, word)
    SELECT j.variant, j.word
      FROM JSON_TABLE(in_docs, '$[*].typos[*]' COLUMNS (
               variant VARCHAR(16) PATH '$[0]', word VARCHAR(64) PATH '$[1]')) j;

    INSERT INTO search_due (target, product_id, marks)
    SELECT 'server', j.product_id, 1
      FROM JSON_TABLE(in_docs, '$[*]' COLUMNS (product_id BIGINT PATH '$.product_id')) j
    ON DUPLICATE KEY UPDATE marks = search_due.marks + 1;
    DELETE d FROM search_due d
      JOIN JSON_TABLE(in_docs, '$[*]' COLUMNS (product_id BIGINT PATH '$.product_id', marks BIGINT PATH '$.marks')) j
        ON d.target = 'words' AND d.product_id = j.product_id AND d.marks = j.marks;
    SET v_done = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('done', v_done + 0) AS body;
END
