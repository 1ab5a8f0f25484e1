-- search_find: finds products by their words in the tables here: what answers while there is no search server. Which
-- products match is the same; the ranking is simpler: for each word the best place it stands at, newest first among equals.
--
-- Parameters
--   in_needs      LONGTEXT  JSON array of {prefix, any: []}, at most 32, all of which must be met: by a word that begins
--                           with `prefix` (none when empty) or by a word of `any`
--   in_runs       LONGTEXT  JSON array of texts that must stand somewhere as they are
--   in_price_min  BIGINT    minor units; NULL: any
--   in_price_max  BIGINT    minor units; NULL: any
--   in_bands      LONGTEXT  JSON array of prices at which a new price band begins, rising
--   in_sort       VARCHAR(16) relevance, newest, price_asc, price_desc
--   in_offset     BIGINT    products to pass over
--   in_limit      BIGINT    products to answer at most
-- Returns  one row: status INT, body JSON
--   200 {"total": n, "ids": ["…"], "categories": [{value, n}], "vendors": [{value, n}], "bands": [{value, n}]}: of each the
--        20 most frequent; band 0 lies below the first price
-- Errors   30011 unavailable: it took too long, so many products have these words; nobody waits for the rest
-- Locks    none
-- Example  CALL search_find('[{"prefix": "oak", "any": ["_oak"]}]', '[]', NULL, NULL, '[1000]', 'relevance', 0, 20);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE search_find(
    in_needs LONGTEXT, in_runs LONGTEXT, in_price_min BIGINT, in_price_max BIGINT, in_bands LONGTEXT,
    in_sort VARCHAR(16), in_offset BIGINT, in_limit BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'finds products by their words'
BEGIN
    DECLARE v_n, v_needs INT DEFAULT 0;
    DECLARE v_until DATETIME(6) DEFAULT SYSDATE(6) + INTERVAL 1200000 MICROSECOND;
    DECLARE v_need LONGTEXT;
    DECLARE v_like VARCHAR(66) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
    DECLARE v_ids, v_facets LONGTEXT;

    DROP TEMPORARY TABLE IF EXISTS t_found, t_hit;
    CREATE TEMPORARY TABLE t_found (product_id BIGINT NOT NULL PRIMARY KEY, score INT NOT NULL, price BIGINT NOT NULL DEFAULT 0) ENGINE = MEMORY;
    CREATE TEMPORARY TABLE t_hit (product_id BIGINT NOT NULL PRIMARY KEY, score INT NOT NULL) ENGINE = MEMORY;

    SET v_needs = LEAST(JSON_LENGTH(in_needs), 32);
    WHILE v_n < v_needs DO
        SET v_need = JSON_EXTRACT(in_needs, CONCAT('$[', v_n, ']'));
        SET v_like = NULLIF(JSON_UNQUOTE(JSON_EXTRACT(v_need, '$.prefix')), '');
        SET v_like = CONCAT(v_like, '%');
        DELETE FROM t_hit;
        IF v_like IS NOT NULL THEN -- LIKE NULL finds nothing after reading every word there is
            INSERT INTO t_hit (product_id, score)
            SELECT w.product_id, w.weight
              FROM search_word w
             WHERE w.word LIKE v_like AND (v_n = 0 OR w.product_id IN (SELECT product_id FROM t_found))
                ON DUPLICATE KEY UPDATE score = GREATEST(t_hit.score, w.weight);
        END IF;
        INSERT INTO t_hit (product_id, score)
        SELECT w.product_id, w.weight
          FROM JSON_TABLE(v_need, '$.any[*]' COLUMNS (word VARCHAR(64) PATH '$')) j
               STRAIGHT_JOIN search_word w ON w.word = CONVERT(j.word USING utf8mb4) COLLATE utf8mb4_bin
         WHERE v_n = 0 OR w.product_id IN (SELECT product_id FROM t_found)
            ON DUPLICATE KEY UPDATE score = GREATEST(t_hit.score, w.weight);
        IF v_n > 0 THEN
            UPDATE t_hit h JOIN t_found f ON f.product_id = h.product_id SET h.score = h.score + f.score;
            DELETE FROM t_found;
        END IF;
        INSERT INTO t_found (product_id, score) SELECT product_id, score FROM t_hit;
        CALL search_hurry(v_until);
        SET v_n = v_n + 1;
    END WHILE;

    IF JSON_LENGTH(in_runs) > 0 THEN
        DELETE f
          FROM t_found f
          JOIN JSON_TABLE(in_runs, '$[*]' COLUMNS (run VARCHAR(255) PATH '$')) r
          LEFT JOIN search_doc d ON d.product_id = f.product_id
         WHERE COALESCE(INSTR(CONCAT(d.title_text, ' ', d.about_text, ' ', d.body_text),
                              CONVERT(r.run USING utf8mb4) COLLATE utf8mb4_bin), 0) = 0;
        CALL search_hurry(v_until);
    END IF;
    DELETE FROM t_hit;
    INSERT INTO t_hit (product_id, score) SELECT product_id, score FROM t_found;
    DELETE FROM t_found;
    INSERT INTO t_found (product_id, score, price)
    SELECT h.product_id, h.score, p.price_min
      FROM t_hit h
      JOIN product p ON p.product_id = h.product_id
     WHERE (in_price_min IS NULL OR p.price_min >= in_price_min) AND (in_price_max IS NULL OR p.price_min <= in_price_max);
    CALL search_hurry(v_until);

    SELECT GROUP_CONCAT('"', product_id, '"' ORDER BY rank_1, product_id DESC)
      INTO v_ids
      FROM (SELECT product_id, CASE in_sort WHEN 'price_asc' THEN price WHEN 'price_desc' THEN -price
                                            WHEN 'relevance' THEN -score ELSE 0 END AS rank_1
              FROM t_found
             ORDER BY rank_1, product_id DESC
             LIMIT in_offset, in_limit) f;
    CALL search_facets(in_bands, v_facets);

    SELECT 200 AS status, CONCAT('{"total":', (SELECT COUNT(*) FROM t_found), ',"ids":[', COALESCE(v_ids, ''), '],',
                                 v_facets, '}') AS body;
END
