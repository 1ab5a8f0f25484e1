-- recommend_pairs: what the visits in t_visit add to how products go together, into t_pair. Internal to recommend_learn.
--
-- Parameters  none: reads the temporary tables of recommend_learn, and interest, which has the visits already
-- Returns  nothing
-- Errors   none of its own
-- Locks    none
-- Example  CALL recommend_pairs();
--
-- Each new or stronger interest of a visitor goes with the others, and those go with it (mirrored). A visitor with many
-- interests says less of each pair: what a pair gets is divided by the visitor's interests less one. Three temporary tables
-- hold parts of the same visits, since MySQL opens each once per statement.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE recommend_pairs()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'new pairs'
BEGIN
    INSERT INTO t_who (visitor) SELECT DISTINCT visitor FROM t_visit WHERE paired = 1 AND weight > before_weight;
    INSERT INTO t_pair (product_id, other_id, weight, pairs, mirrored)
    SELECT v.product_id, i.product_id,
           (v.weight * i.weight - v.before_weight * COALESCE(o.before_weight, i.weight)) / 36 / GREATEST(i.n - 1, 1),
           v.before_weight * COALESCE(o.before_weight, i.weight) = 0, o.product_id IS NULL
      FROM t_visit v
      JOIN (SELECT k.visitor, k.product_id, k.weight, COUNT(*) OVER (PARTITION BY k.visitor) AS n,
                   ROW_NUMBER() OVER (PARTITION BY k.visitor ORDER BY k.at DESC, k.product_id) AS latest
              FROM t_who w JOIN interest k ON k.visitor = w.visitor) i
        ON i.visitor = v.visitor AND i.product_id <> v.product_id AND i.latest <= 30
      LEFT JOIN t_before o ON o.visitor = i.visitor AND o.product_id = i.product_id
     WHERE v.paired = 1 AND v.weight > v.before_weight;
    -- an order is learnt from once: nothing comes that could pair with it later
    DELETE i FROM interest i JOIN t_who w ON w.visitor = i.visitor WHERE w.visitor LIKE 'o%';
END
