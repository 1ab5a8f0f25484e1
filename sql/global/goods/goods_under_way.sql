-- goods_under_way: goods that no shard is known to have yet, by id, which is about the order of time.
--
-- Parameters
--   in_after        BIGINT     id after which to begin; 0: at the start
--   in_limit        BIGINT     transfers at most, 1 … 500
--   in_away         LONGTEXT   JSON [n, …]: shards that cannot be reached; what is on its way to them is left out
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"transfer_id", "to", "sku_id", "pool", "qty", "reference", "age_s"}]}
-- Errors   none
-- Locks    none
-- Example  CALL goods_under_way(0, 100, '[2]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE goods_under_way(in_after BIGINT, in_limit BIGINT, in_away LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'goods on their way to the shards'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('transfer_id', CAST(t.transfer_id AS CHAR), 'to', t.shard,
                                    'sku_id', CAST(t.sku_id AS CHAR), 'pool', t.pool, 'qty', t.qty,
                                    'reference', r.reference,
                                    'age_s', TIMESTAMPDIFF(SECOND, t.created_at, UTC_TIMESTAMP(3)))
                        ORDER BY t.transfer_id)
      INTO v_items
      FROM (SELECT transfer_id, receipt_id, shard, sku_id, pool, qty, created_at
              FROM goods_transfer FORCE INDEX (goods_transfer_state) -- by key it would walk through all that ever was
             WHERE state = 'in_flight' AND transfer_id > in_after AND NOT JSON_CONTAINS(in_away, CAST(shard AS CHAR))
             ORDER BY transfer_id
             LIMIT in_limit) t
      JOIN goods_receipt r ON r.receipt_id = t.receipt_id;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
