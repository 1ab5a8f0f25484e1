-- recommend_visits: what the requests in t_batch say of interests, into t_visit and the table interest. Internal to
-- recommend_learn, in its transaction.
--
-- Parameters  none: reads the temporary tables of recommend_learn
-- Returns  nothing
-- Errors   none of its own
-- Locks    interest (by visitor and product)
-- Example  CALL recommend_visits();
--
-- What an order's buyer bought is noted for the buyer, too; pairs are counted for the order alone (paired = 0).
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE recommend_visits()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'new interests'
BEGIN
    INSERT INTO t_visit (visitor, product_id, weight, bought, at, paired)
    SELECT v.visitor, v.product_id, MAX(v.weight), MAX(v.weight = 6), MAX(v.at), MAX(v.paired)
      FROM (SELECT IF(w.paired = 1, b.visitor, b.buyer) AS visitor, j.product_id, w.paired,
                   CASE j.type WHEN 'purchase' THEN 6 WHEN 'cart' THEN 3 ELSE 1 END AS weight,
                   LEAST(GREATEST(COALESCE(STR_TO_DATE(LEFT(j.at, 19), '%Y-%m-%dT%H:%i:%s'), b.created_at),
                                  b.created_at - INTERVAL 30 DAY), b.created_at) AS at
              FROM t_batch t
              JOIN behaviour_batch b ON b.batch_id = t.batch_id
              JOIN (SELECT 1 AS paired UNION ALL SELECT 0) w ON w.paired = 1 OR b.buyer <> ''
              JOIN JSON_TABLE(b.events, '$[*]' COLUMNS (
                       type VARCHAR(16) PATH '$.type', product_id BIGINT PATH '$.product_id', at VARCHAR(40) PATH '$.at')) j) v
      JOIN product p ON p.product_id = v.product_id
     GROUP BY v.visitor, v.product_id;
    UPDATE t_visit v JOIN interest i ON i.visitor = v.visitor AND i.product_id = v.product_id
       SET v.before_weight = i.weight, v.weight = GREATEST(v.weight, i.weight);
    INSERT INTO t_before (visitor, product_id, before_weight)
    SELECT visitor, product_id, before_weight FROM t_visit WHERE weight > before_weight;

    INSERT INTO interest (visitor, product_id, weight, bought, at)
    SELECT v.visitor, v.product_id, v.weight, v.bought, v.at FROM t_visit v ORDER BY v.visitor, v.product_id
    ON DUPLICATE KEY UPDATE weight = v.weight, bought = GREATEST(interest.bought, v.bought), at = GREATEST(interest.at, v.at);
END
