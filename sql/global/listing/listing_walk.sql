-- What: walks one list in the order asked for, from a place on, and gives what of it passes the filters. Bounded: with
--   filters at most 1,000 places are looked at (or as many as are to be taken), so that fewer products than asked for may come
--   with a place to go on from.
--   Internal.
-- Parameters:
--   in_walk, in_others, in_groups  as listing_choose gives them
--   in_price_min, in_price_max     bounds of the lowest price, minor units; NULL: none
--   in_sort                        newest, price_asc, price_desc, title
--   in_after_key, in_after_id      the last place: its price or beginning of title, and product_id; NULL: from the start
--   in_take                        products wanted
--   out_ids                        JSON array of product ids in order
--   out_last                       the place to go on after: a product_id; NULL: that was all
-- Locks: none
-- Example: CALL listing_walk(0, '[]', 0, NULL, NULL, 'newest', NULL, NULL, 20, v_ids, v_last)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE listing_walk(
    IN in_walk BIGINT, IN in_others LONGTEXT, IN in_groups INT, IN in_price_min BIGINT, IN in_price_max BIGINT,
    IN in_sort VARCHAR(16), IN in_after_key VARCHAR(48), IN in_after_id BIGINT, IN in_take BIGINT,
    OUT out_ids LONGTEXT, OUT out_last BIGINT)
SQL SECURITY DEFINER READS SQL DATA
BEGIN
    DECLARE v_low BIGINT DEFAULT COALESCE(in_price_min, 0);
    DECLARE v_high BIGINT DEFAULT COALESCE(in_price_max, 9223372036854775807);
    DECLARE v_by_price BOOLEAN DEFAULT in_sort IN ('price_asc', 'price_desc');
    DECLARE v_filtered BOOLEAN DEFAULT in_groups > 0
        OR (NOT v_by_price AND (in_price_min IS NOT NULL OR in_price_max IS NOT NULL));
    DECLARE v_places BIGINT DEFAULT IF(v_filtered, GREATEST(1000, in_take + 1), in_take + 1);
    DECLARE v_from BIGINT DEFAULT IF(in_sort = 'price_asc', COALESCE(CAST(in_after_key AS SIGNED), v_low), v_low);
    DECLARE v_to BIGINT DEFAULT IF(in_sort = 'price_desc', COALESCE(CAST(in_after_key AS SIGNED), v_high), v_high);
    DECLARE v_id BIGINT DEFAULT COALESCE(in_after_id, IF(in_sort IN ('newest', 'price_desc'), 9223372036854775807, -1));
    DECLARE v_title VARCHAR(48) DEFAULT COALESCE(in_after_key, '');
    DECLARE v_walked, v_hits BIGINT;

    -- each branch is a range of an index in its order (said, since for short lists a server would rather sort); all but one
    -- are impossible
    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(w.product_id ORDER BY w.a, w.t, w.b), ''), ']'), COUNT(*)
    INTO out_ids, v_walked
    FROM ((SELECT product_id, -product_id AS a, '' AS t, 0 AS b FROM product_listing FORCE INDEX (PRIMARY)
           WHERE in_sort = 'newest' AND list_id = in_walk AND product_id < v_id
           ORDER BY product_id DESC LIMIT v_places)
          UNION ALL
          (SELECT product_id, price, '', product_id FROM product_listing FORCE INDEX (product_listing_price)
           WHERE in_sort = 'price_asc' AND list_id = in_walk
             AND ((price = v_from AND product_id > v_id) OR (price > v_from AND price <= v_high))
           ORDER BY price, product_id LIMIT v_places)
          UNION ALL
          (SELECT product_id, -price, '', -product_id FROM product_listing FORCE INDEX (product_listing_price)
           WHERE in_sort = 'price_desc' AND list_id = in_walk
             AND ((price = v_to AND product_id < v_id) OR (price < v_to AND price >= v_low))
           ORDER BY price DESC, product_id DESC LIMIT v_places)
          UNION ALL
          (SELECT product_id, 0, title_key, product_id FROM product_listing FORCE INDEX (product_listing_title)
           WHERE in_sort = 'title' AND list_id = in_walk
             AND ((title_key = v_title AND product_id > v_id) OR title_key > v_title)
           ORDER BY title_key, product_id LIMIT v_places)) w;

    IF v_filtered THEN
        SET out_last = IF(v_walked = v_places, JSON_EXTRACT(out_ids, CONCAT('$[', v_walked - 1, ']')), NULL);
        SELECT CONCAT('[', COALESCE(GROUP_CONCAT(h.product_id ORDER BY h.n), ''), ']'), COUNT(*) INTO out_ids, v_hits
        FROM (SELECT j.n, j.product_id
              FROM JSON_TABLE(out_ids, '$[*]' COLUMNS (n FOR ORDINALITY, product_id BIGINT PATH '$')) j
              JOIN product_listing l ON l.list_id = in_walk AND l.product_id = j.product_id
                                     AND l.price BETWEEN v_low AND v_high
              LEFT JOIN (JSON_TABLE(in_others, '$[*]' COLUMNS (g BIGINT PATH '$.g', l BIGINT PATH '$.l')) o
                         JOIN product_listing x ON x.list_id = o.l) ON x.product_id = j.product_id
              GROUP BY j.n, j.product_id HAVING COUNT(DISTINCT IF(x.product_id IS NULL, NULL, o.g)) = in_groups
              ORDER BY j.n LIMIT v_places) h;
    ELSE
        SET v_hits = v_walked;
    END IF;
    IF v_hits > in_take THEN
        SET out_last = JSON_EXTRACT(out_ids, CONCAT('$[', in_take - 1, ']'));
    END IF;
END
