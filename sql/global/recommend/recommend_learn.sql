-- recommend_learn: learns from some of what came in, oldest first: who takes an interest in what, which products go
-- together, how popular they are.
--
-- Parameters
--   in_limit  BIGINT  requests and orders at most
-- Returns  one row: status INT, body JSON
--   200 {"learnt": n}
-- Errors   none of its own
-- Locks    behaviour_batch (SKIP LOCKED), then interest, affinity, popularity, similar_due, each by its key
-- Example  CALL recommend_learn(200);
--
-- Of a visitor the 30 latest interests count for new pairs. Products that do not exist are passed over.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE recommend_learn(in_limit BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'learns from behaviour'
learn: BEGIN
    DECLARE v_any TINYINT;
    DECLARE v_learnt BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    SELECT EXISTS (SELECT 1 FROM behaviour_batch WHERE learnt = 0) INTO v_any;
    IF NOT v_any THEN
        SELECT 200 AS status, '{"learnt": 0}' AS body;
        LEAVE learn;
    END IF;

    DROP TEMPORARY TABLE IF EXISTS t_batch, t_visit, t_before, t_who, t_pair;
    CREATE TEMPORARY TABLE t_batch (batch_id CHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY) ENGINE = InnoDB;
    CREATE TEMPORARY TABLE t_visit (
        visitor VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, product_id BIGINT NOT NULL, weight SMALLINT NOT NULL,
        bought TINYINT NOT NULL, at DATETIME(3) NOT NULL, paired TINYINT NOT NULL, before_weight SMALLINT NOT NULL DEFAULT 0,
        PRIMARY KEY (visitor, product_id)) ENGINE = InnoDB;
    CREATE TEMPORARY TABLE t_before (
        visitor VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, product_id BIGINT NOT NULL, before_weight SMALLINT NOT NULL,
        PRIMARY KEY (visitor, product_id)) ENGINE = InnoDB;
    CREATE TEMPORARY TABLE t_who (visitor VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY) ENGINE = InnoDB;
    CREATE TEMPORARY TABLE t_pair (product_id BIGINT NOT NULL, other_id BIGINT NOT NULL, weight DOUBLE NOT NULL,
        pairs DOUBLE NOT NULL, mirrored TINYINT NOT NULL) ENGINE = InnoDB;

    START TRANSACTION;
    INSERT INTO t_batch (batch_id)
    SELECT batch_id FROM behaviour_batch WHERE learnt = 0 ORDER BY created_at LIMIT in_limit FOR UPDATE SKIP LOCKED;
    CALL recommend_visits();
    CALL recommend_pairs();

    INSERT INTO affinity (product_id, other_id, weight, pairs)
    SELECT n.product_id, n.other_id, n.weight, n.pairs
      FROM (SELECT IF(d.way = 1, t.product_id, t.other_id) AS product_id, IF(d.way = 1, t.other_id, t.product_id) AS other_id,
                   SUM(t.weight) AS weight, SUM(t.pairs) AS pairs
              FROM t_pair t JOIN (SELECT 1 AS way UNION ALL SELECT 2) d ON d.way = 1 OR t.mirrored = 1
             GROUP BY 1, 2 ORDER BY 1, 2) n
    ON DUPLICATE KEY UPDATE weight = affinity.weight + n.weight, pairs = affinity.pairs + n.pairs;
    INSERT INTO popularity (product_id, visitors)
    SELECT n.product_id, n.visitors
      FROM (SELECT product_id, SUM(weight - before_weight) / 6 AS visitors
              FROM t_visit WHERE paired = 1 AND weight > before_weight GROUP BY product_id ORDER BY product_id) n
    ON DUPLICATE KEY UPDATE visitors = popularity.visitors + n.visitors;
    INSERT IGNORE INTO similar_due (product_id, since)
    SELECT DISTINCT product_id, UTC_TIMESTAMP(3) FROM t_visit WHERE paired = 1 AND weight > before_weight ORDER BY product_id;
    UPDATE behaviour_batch b JOIN t_batch t ON t.batch_id = b.batch_id SET b.learnt = 1;
    SET v_learnt = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('learnt', v_learnt + 0) AS body;
END
