-- What: what filters mean in lists: one list to walk, the shortest that all answers stand in, and the lists that each answer
--   must stand in too. Internal.
-- Parameters:
--   in_category    products of it and of all below it; NULL: any
--   in_vendor      NULL: any
--   in_attr        JSON array of "<name>:<value>"; values of one name are alternatives; NULL: any
--   out_walk       the list to walk; NULL: nothing can match
--   out_others     JSON array of {g, l}: of each group g, one of its lists l
--   out_groups     how many groups that are
-- Locks: none
-- Example: CALL listing_choose(8, NULL, '["Size:M"]', v_walk, v_others, v_groups)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE listing_choose(
    IN in_category BIGINT, IN in_vendor VARCHAR(255), IN in_attr LONGTEXT,
    OUT out_walk BIGINT, OUT out_others LONGTEXT, OUT out_groups INT)
SQL SECURITY DEFINER READS SQL DATA
BEGIN
    DECLARE v_asked, v_found INT;
    DECLARE v_lists LONGTEXT;

    SELECT COUNT(DISTINCT SUBSTRING_INDEX(pair, ':', 1)) + (in_category IS NOT NULL) + (in_vendor IS NOT NULL) INTO v_asked
    FROM JSON_TABLE(COALESCE(in_attr, '[]'), '$[*]' COLUMNS (pair VARCHAR(512) PATH '$')) j;

    -- of a group with one list only: how long that is; the others cannot be walked
    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT('g', f.g, 'l', f.l, 'n', f.n)), ''), ']'),
           COALESCE(MAX(f.g), 0)
    INTO v_lists, v_found
    FROM (SELECT w.l, DENSE_RANK() OVER (ORDER BY w.kind, w.name) AS g,
                 IF(COUNT(*) OVER (PARTITION BY w.kind, w.name) = 1, COALESCE(w.products, 0), NULL) AS n
          FROM (SELECT 'category' AS kind, '' AS name, in_category AS l,
                       (SELECT products FROM listing_count WHERE list_id = in_category AND term_id = 0) AS products
                FROM DUAL WHERE in_category IS NOT NULL
                UNION ALL
                SELECT t.kind, t.name, -t.term_id, c.products
                FROM (SELECT SUBSTRING_INDEX(pair, ':', 1) AS name, SUBSTR(pair, LOCATE(':', pair) + 1) AS value
                      FROM JSON_TABLE(COALESCE(in_attr, '[]'), '$[*]' COLUMNS (pair VARCHAR(512) PATH '$')) i) j
                JOIN listing_term t ON t.kind = 'option' AND t.name = j.name COLLATE utf8mb4_general_ci
                                    AND t.value = j.value COLLATE utf8mb4_general_ci
                LEFT JOIN listing_count c ON c.list_id = 0 AND c.term_id = t.term_id
                UNION ALL
                SELECT t.kind, t.name, -t.term_id, c.products
                FROM listing_term t LEFT JOIN listing_count c ON c.list_id = 0 AND c.term_id = t.term_id
                WHERE t.kind = 'vendor' AND t.name = '' AND t.value = in_vendor) w) f;

    SET out_walk = NULL, out_others = '[]', out_groups = 0;
    IF v_found = v_asked THEN
        SELECT COALESCE((SELECT l FROM JSON_TABLE(v_lists, '$[*]' COLUMNS (l BIGINT PATH '$.l', n BIGINT PATH '$.n')) j
                         WHERE n IS NOT NULL ORDER BY n LIMIT 1), 0) INTO out_walk;
        SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT('g', g, 'l', l)), ''), ']'), COUNT(DISTINCT g)
        INTO out_others, out_groups
        FROM JSON_TABLE(v_lists, '$[*]' COLUMNS (g BIGINT PATH '$.g', l BIGINT PATH '$.l')) j
        WHERE l <> out_walk;
    END IF;
END
