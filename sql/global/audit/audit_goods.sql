-- audit_goods: what came from outside and is over, for the shards to be compared; what hangs.
--
-- Parameters
--   in_after        BIGINT   id after which to begin; 0: at the start
--   in_limit        BIGINT   transfers, corrections and coupons to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": id or null, "violations": [{"rule", "key", …}], "items": [{"id", "peer", "sku_id", "pool",
--   "qty", "want"}]}; peer: the shard; want: in: the units must have arrived there, out: they must have gone
--   stuck: under way for more than 60 seconds
-- Errors   none
-- Locks    none
-- Example  CALL audit_goods(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_goods(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'what came from outside'
BEGIN
    DECLARE v_items, v_stuck LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    SELECT COALESCE(MAX(c.id), 0), COUNT(*),
           GROUP_CONCAT(IF(c.state NOT IN ('settled', 'done'), NULL,
                           JSON_OBJECT('id', CAST(c.id AS CHAR), 'peer', c.shard, 'sku_id', CAST(c.sku_id AS CHAR),
                                       'pool', c.pool, 'qty', ABS(c.qty), 'want', IF(c.qty > 0, 'in', 'out')))),
           GROUP_CONCAT(IF(c.state IN ('in_flight', 'open') AND c.created_at < UTC_TIMESTAMP(3) - INTERVAL 60 SECOND,
                           JSON_OBJECT('rule', 'stuck', 'key', CAST(c.id AS CHAR), 'transfer_id', CAST(c.id AS CHAR),
                                       'shard', c.shard, 'sku_id', CAST(c.sku_id AS CHAR), 'pool', c.pool, 'qty', c.qty),
                           NULL))
      INTO v_to, v_n, v_items, v_stuck
      FROM (SELECT u.id, u.shard, u.sku_id, u.pool, u.qty, u.state, u.created_at
              FROM ((SELECT transfer_id AS id, shard, sku_id, pool, qty, state, created_at
                       FROM goods_transfer
                      WHERE transfer_id > in_after
                      ORDER BY transfer_id
                      LIMIT in_limit)
                    UNION ALL
                    (SELECT correction_id, shard, sku_id, pool, qty, state, created_at
                       FROM goods_correction
                      WHERE correction_id > in_after
                      ORDER BY correction_id
                      LIMIT in_limit)) u
             ORDER BY u.id
             LIMIT in_limit) c;

    SELECT 200 AS status,
           CONCAT('{"examined": ', v_n, ', "next": ', IF(v_n < in_limit, 'null', CONCAT('"', v_to, '"')),
                  ', "violations": [', COALESCE(v_stuck, ''), '], "items": [', COALESCE(v_items, ''), ']}') AS body;
END
