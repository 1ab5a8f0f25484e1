-- search_facets: by what the products that search_find has found can be told apart. Internal: reads its table t_found.
--
-- Parameters
--   in_bands    LONGTEXT  JSON array of prices at which a new price band begins, rising
--   out_facets  LONGTEXT  members of a JSON object: "categories", "vendors", "bands", each an array of {value, n}
-- Returns  nothing
-- Errors   none of its own
-- Locks    none
-- Example  CALL search_facets('[1000, 5000]', v_facets);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE search_facets(in_bands LONGTEXT, OUT out_facets LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'facets of what was found'
BEGIN
    DECLARE v_categories, v_vendors, v_bands LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('value', SUBSTR(word, 3), 'n', n) ORDER BY n DESC, word)
      INTO v_categories
      FROM (SELECT w.word, COUNT(*) AS n
              FROM t_found f JOIN search_word w ON w.product_id = f.product_id AND w.word BETWEEN '_c0' AND '_c:' AND w.weight = 0
             GROUP BY w.word ORDER BY n DESC, w.word LIMIT 20) c;
    SELECT GROUP_CONCAT(JSON_OBJECT('value', vendor, 'n', n) ORDER BY n DESC, vendor)
      INTO v_vendors
      FROM (SELECT p.vendor COLLATE utf8mb4_bin AS vendor, COUNT(*) AS n
              FROM t_found f JOIN product p ON p.product_id = f.product_id
             WHERE p.vendor <> ''
             GROUP BY 1 ORDER BY n DESC, vendor LIMIT 20) v;
    SELECT GROUP_CONCAT(JSON_OBJECT('value', band, 'n', n) ORDER BY band)
      INTO v_bands
      FROM (SELECT (SELECT COUNT(*) FROM JSON_TABLE(in_bands, '$[*]' COLUMNS (price BIGINT PATH '$')) b
                     WHERE b.price <= f.price) AS band, SUM(f.n) AS n
              FROM (SELECT price, COUNT(*) AS n FROM t_found GROUP BY price) f
             GROUP BY band) x;
    SET out_facets = CONCAT('"categories":[', COALESCE(v_categories, ''), '],"vendors":[', COALESCE(v_vendors, ''),
                            '],"bands":[', COALESCE(v_bands, ''), ']');
END
