-- database: global
-- Searching by the tables reads the words it looks for, however many others there are.
INSERT INTO search_word (word, product_id, weight)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
SELECT CONCAT('other', i), i, 1 FROM n;
INSERT INTO search_word (word, product_id, weight)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
SELECT CONCAT('another', i), i, 1 FROM n;
INSERT INTO search_word (word, product_id, weight) VALUES ('lamp', 5, 9), ('lamp', 6, 3), ('oak', 6, 9), ('oaken', 5, 1);
ANALYZE TABLE search_word;
CALL search_find('[]', '[]', NULL, NULL, '[]', 'relevance', 0, 20); -- its temporary tables

CALL reads_begin();
CALL search_find('[{"prefix": "", "any": ["lamp"]}]', '[]', NULL, NULL, '[]', 'relevance', 0, 20);
CALL assert_reads('for a word', 300);

CALL reads_begin();
CALL search_find('[{"prefix": "", "any": ["lamp"]}, {"prefix": "oak", "any": []}]', '[]', NULL, NULL, '[]', 'relevance', 0, 20);
CALL assert_reads('for two', 300);
