-- recommend_rank: what goes best with some products, published ones only; what is popular where that is not
-- enough, and what is new where that is not, either. Internal.
--
-- Parameters
--   in_items    LONGTEXT  JSON array of {product_id, weight}: what it shall go with; [] asks for what is popular
--   in_exclude  LONGTEXT  JSON array of product ids not to offer; the items themselves never are
--   in_limit    BIGINT    products at most
--   out_ids     LONGTEXT  JSON array of product ids, the best first
-- Returns  nothing
-- Errors   none of its own
-- Locks    none
-- Example  CALL recommend_rank('[{"product_id": 7, "weight": 1}]', '[]', 10, v_ids);
--
-- Bounded: 50 similar products of each item are looked at, and of the most popular and of the newest ones 20 more than
-- could be left out.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE recommend_rank(
    in_items LONGTEXT, in_exclude LONGTEXT, in_limit BIGINT, OUT out_ids LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'what goes best with products'
BEGIN
    -- so many suffice, whichever of them are left out
    DECLARE v_spare BIGINT DEFAULT in_limit + JSON_LENGTH(in_items) + JSON_LENGTH(in_exclude) + 20;

    SELECT CONCAT('[', COALESCE(GROUP_CONCAT('"', r.product_id, '"' ORDER BY r.place), ''), ']')
      INTO out_ids
      FROM (SELECT c.product_id,
                   ROW_NUMBER() OVER (ORDER BY SUM(c.score) DESC, SUM(c.visitors) DESC, c.product_id DESC) AS place
              FROM (SELECT s.other_id AS product_id, s.score * j.weight AS score, 0 AS visitors
                      FROM JSON_TABLE(in_items, '$[*]' COLUMNS (
                               product_id BIGINT PATH '$.product_id', weight DOUBLE PATH '$.weight')) j
                      JOIN similar_product s ON s.product_id = j.product_id
                    UNION ALL
                    SELECT m.product_id, 0, m.visitors
                      FROM (SELECT product_id, visitors FROM popularity ORDER BY visitors DESC LIMIT v_spare) m
                    UNION ALL
                    SELECT l.product_id, 0, 0
                      FROM (SELECT product_id FROM product_listing WHERE list_id = 0 ORDER BY product_id DESC LIMIT v_spare) l) c
              JOIN product p ON p.product_id = c.product_id AND p.state = 'published'
              LEFT JOIN JSON_TABLE(in_items, '$[*]' COLUMNS (product_id BIGINT PATH '$.product_id')) i
                ON i.product_id = c.product_id
              LEFT JOIN JSON_TABLE(in_exclude, '$[*]' COLUMNS (product_id BIGINT PATH '$')) e
                ON e.product_id = c.product_id
             WHERE i.product_id IS NULL AND e.product_id IS NULL
             GROUP BY c.product_id) r
     WHERE r.place <= in_limit;
END
