-- search_words: words that typed ones may stand for: those that begin like them, and those that do but for a mistake.
--
-- Parameters
--   in_words  LONGTEXT  JSON array of {word, variants: []}: what was typed, and its beginning with each letter left out
-- Returns  one row: status INT, body JSON
--   200 {"items": [[{word, products}]]}: for each typed word candidates in no order, at most 600; is it right, how far
--        is it off: the caller judges
-- Errors   none of its own
-- Locks    none
-- Example  CALL search_words('[{"word": "lapm", "variants": ["lapm", "apm", "lpm", "lam", "lap"]}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE search_words(in_words LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'words that typed ones may stand for'
BEGIN
    DECLARE v_n INT DEFAULT 0;
    DECLARE v_like VARCHAR(66) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
    DECLARE v_all, v_one LONGTEXT DEFAULT '';

    WHILE v_n < LEAST(JSON_LENGTH(in_words), 8) DO
        SET v_like = CONCAT(JSON_UNQUOTE(JSON_EXTRACT(in_words, CONCAT('$[', v_n, '].word'))), '%');
        SELECT GROUP_CONCAT(JSON_OBJECT('word', w.word, 'products', w.products)) INTO v_one
          FROM ((SELECT word, products FROM search_term WHERE word LIKE v_like AND products > 0 LIMIT 200)
                UNION
                (SELECT t.word, t.products
                   FROM JSON_TABLE(JSON_EXTRACT(in_words, CONCAT('$[', v_n, '].variants')), '$[*]' COLUMNS (
                            variant VARCHAR(16) PATH '$')) j
                   JOIN search_typo y ON y.variant = CONVERT(j.variant USING utf8mb4) COLLATE utf8mb4_bin
                   JOIN search_term t ON t.word = y.word AND t.products > 0
                  LIMIT 400)) w;
        SET v_all = CONCAT(v_all, IF(v_n, ',', ''), '[', COALESCE(v_one, ''), ']');
        SET v_n = v_n + 1;
    END WHILE;

    SELECT 200 AS status, CONCAT('{"items":[', v_all, ']}') AS body;
END
