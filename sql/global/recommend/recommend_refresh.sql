-- recommend_refresh: works out the most similar products of those whose pairs have changed, the longest due first.
--
-- Parameters
--   in_limit  BIGINT  products at most
-- Returns  one row: status INT, body JSON
--   200 {"refreshed": n}
-- Errors   none of its own
-- Locks    similar_due (SKIP LOCKED), similar_product (by product)
-- Example  CALL recommend_refresh(50);
--
-- The score is a cosine that leans towards what is popular (the other's popularity counts to the power of 0.4), shrunk where
-- few visitors had both: a pair seen once must not stand above one seen often. 5 and 0.4 are what the baskets of
-- tests/bench/bench_recommend.py said.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE recommend_refresh(in_limit BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'works out similar products'
refresh: BEGIN
    DECLARE v_any TINYINT;
    DECLARE v_refreshed BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    SELECT EXISTS (SELECT 1 FROM similar_due) INTO v_any;
    IF NOT v_any THEN
        SELECT 200 AS status, '{"refreshed": 0}' AS body;
        LEAVE refresh;
    END IF;

    DROP TEMPORARY TABLE IF EXISTS t_due;
    CREATE TEMPORARY TABLE t_due (product_id BIGINT PRIMARY KEY) ENGINE = InnoDB;

    START TRANSACTION;
    INSERT INTO t_due (product_id)
    SELECT product_id FROM similar_due ORDER BY since LIMIT in_limit FOR UPDATE SKIP LOCKED;
    SET v_refreshed = ROW_COUNT();
    DELETE s FROM similar_product s JOIN t_due t ON t.product_id = s.product_id;
    INSERT INTO similar_product (product_id, place, other_id, score)
    SELECT x.product_id, x.place, x.other_id, x.score
      FROM (SELECT y.product_id, y.other_id, y.score,
                   ROW_NUMBER() OVER (PARTITION BY y.product_id ORDER BY y.score DESC, y.other_id) AS place
              FROM (SELECT a.product_id, a.other_id,
                           a.weight / (p.visitors + 5) / POW(o.visitors, 0.4) * (a.pairs / (a.pairs + 5)) AS score
                      FROM t_due t
                      JOIN affinity a ON a.product_id = t.product_id AND a.weight > 0
                      JOIN popularity p ON p.product_id = a.product_id
                      JOIN popularity o ON o.product_id = a.other_id) y) x
     WHERE x.place <= 50;
    DELETE d FROM similar_due d JOIN t_due t ON t.product_id = d.product_id;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('refreshed', v_refreshed + 0) AS body;
END
