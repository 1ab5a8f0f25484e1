-- search_find: finds products by their words in the tables here: what answers while there is no search server. Which
-- products match is the same; the ranking is simpler: for each word the best place it stands at, newest first among equals.
--
-- Parameters
--   in_needs      LONGTEXT  JSON array of {word, stem?, prefix: 0|1}, all of which must be met: by the word, by words that
--                           begin with it (prefix), or by the stem; the first is expected to narrow best; at most 32
--   in_runs       LONGTEXT  JSON array of texts that must stand somewhere as they are
--   in_price_min  BIGINT    minor units; NULL: any
--   in_price_max  BIGINT    minor units; NULL: any
--   in_bands      LONGTEXT  JSON array of prices at which a new price band begins, rising
--   in_sort       VARCHAR(16) relevance, newest, price, price_desc
--   in_offset     BIGINT    products to pass over
--   in_limit      BIGINT    products to answer at most
-- Returns  one row: status INT, body JSON
--   200 {"total": n, "ids": ["…"], "categories": [{value, n}], "vendors": [{value, n}], "bands": [{value, n}]}: of each the
--        20 most frequent; band 0 lies below the first price
-- Errors   none of its own
-- Locks    none
-- Example  CALL search_find('[{"word": "oak", "stem": "_oak", "prefix": 1}]', '[]', NULL, NULL, '[1000]', 'relevance', 0, 20);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE search_find(
    in_needs LONGTEXT, in_runs LONGTEXT, in_price_min BIGINT, in_price_max BIGINT, in_bands LONGTEXT,
    in_sort VARCHAR(16), in_offset BIGINT, in_limit BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'finds products by their words'
BEGIN
    DECLARE v_n, v_needs INT DEFAULT 0;
    DECLARE v_word, v_stem, v_like VARCHAR(66) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
    DECLARE v_ids, v_categories, v_vendors, v_bands LONGTEXT;

    DROP TEMPORARY TABLE IF EXISTS t_found, t_hit;
    CREATE TEMPORARY TABLE t_found (
        product_id BIGINT NOT NULL PRIMARY KEY, score INT NOT NULL, price BIGINT NOT NULL DEFAULT 0,
        vendor VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '') ENGINE = MEMORY;
    CREATE TEMPORARY TABLE t_hit (product_id BIGINT NOT NULL PRIMARY KEY, score INT NOT NULL) ENGINE = MEMORY;

    SET v_needs = LEAST(JSON_LENGTH(in_needs), 32);
    WHILE v_n < v_needs DO
        SET v_word = JSON_UNQUOTE(JSON_EXTRACT(in_needs, CONCAT('$[', v_n, '].word')));
        SET v_stem = COALESCE(JSON_UNQUOTE(JSON_EXTRACT(in_needs, CONCAT('$[', v_n, '].stem'))), v_word);
        SET v_like = IF(JSON_EXTRACT(in_needs, CONCAT('$[', v_n, '].prefix')) = 1, CONCAT(v_word, '%'),
                        REPLACE(v_word, '_', '\_'));
        DELETE FROM t_hit;
        INSERT INTO t_hit (product_id, score)
        SELECT h.product_id, MAX(h.weight)
          FROM (SELECT product_id, weight FROM search_word WHERE word LIKE v_like
                UNION ALL
                SELECT product_id, weight FROM search_word WHERE word = v_stem) h
         GROUP BY h.product_id;
        IF v_n = 0 THEN
            INSERT INTO t_found (product_id, score) SELECT product_id, score FROM t_hit;
        ELSE
            DELETE f FROM t_found f LEFT JOIN t_hit h ON h.product_id = f.product_id WHERE h.product_id IS NULL;
            UPDATE t_found f JOIN t_hit h ON h.product_id = f.product_id SET f.score = f.score + h.score;
        END IF;
        SET v_n = v_n + 1;
    END WHILE;

    DELETE f
      FROM t_found f
      JOIN JSON_TABLE(in_runs, '$[*]' COLUMNS (run VARCHAR(255) PATH '$')) r
      LEFT JOIN search_doc d ON d.product_id = f.product_id
     WHERE COALESCE(INSTR(CONCAT(d.title_text, ' ', d.about_text, ' ', d.body_text),
                          CONVERT(r.run USING utf8mb4) COLLATE utf8mb4_bin), 0) = 0;
    UPDATE t_found f JOIN product p ON p.product_id = f.product_id SET f.price = p.price_min, f.vendor = p.vendor;
    DELETE FROM t_found WHERE price < in_price_min OR price > in_price_max;

    SELECT GROUP_CONCAT('"', product_id, '"' ORDER BY n)
      INTO v_ids
      FROM (SELECT product_id, ROW_NUMBER() OVER (
                       ORDER BY CASE in_sort WHEN 'price' THEN price WHEN 'price_desc' THEN -price WHEN 'relevance' THEN -score
                                ELSE 0 END, product_id DESC) AS n
              FROM t_found) f
     WHERE n > in_offset AND n <= in_offset + in_limit;
    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT('value', SUBSTR(word, 3), 'n', n) ORDER BY n DESC, word), ''), ']')
      INTO v_categories
      FROM (SELECT w.word, COUNT(*) AS n
              FROM t_found f JOIN search_word w ON w.product_id = f.product_id AND w.word LIKE '\_c%' AND w.weight = 0
             GROUP BY w.word ORDER BY n DESC, w.word LIMIT 20) c;
    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT('value', vendor, 'n', n) ORDER BY n DESC, vendor), ''), ']')
      INTO v_vendors
      FROM (SELECT vendor, COUNT(*) AS n FROM t_found WHERE vendor <> '' GROUP BY vendor ORDER BY n DESC, vendor LIMIT 20) v;
    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT('value', band, 'n', n) ORDER BY band), ''), ']')
      INTO v_bands
      FROM (SELECT band, COUNT(*) AS n
              FROM (SELECT f.product_id, (SELECT COUNT(*) FROM JSON_TABLE(in_bands, '$[*]' COLUMNS (price BIGINT PATH '$')) b
                                           WHERE b.price <= f.price) AS band FROM t_found f) x
             GROUP BY band) b;

    SELECT 200 AS status, CONCAT('{"total":', (SELECT COUNT(*) FROM t_found), ',"ids":[', COALESCE(v_ids, ''), '],"categories":',
               v_categories, ',"vendors":', v_vendors, ',"bands":', v_bands, '}') AS body;
END
