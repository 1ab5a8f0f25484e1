-- stock_under_way: transfers that left this shard and are not known to have arrived, by id, which is about the order of time.
--
-- Parameters
--   in_after        BIGINT     id after which to begin; 0: at the start
--   in_limit        BIGINT     transfers at most, 1 … 500
--   in_away         LONGTEXT   JSON [n, …]: shards that cannot be reached; what is on its way to them is left out
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"transfer_id", "to", "sku_id", "pool", "qty", "age_s"}]}
-- Errors   none
-- Locks    none
-- Example  CALL stock_under_way(0, 100, '[2]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_under_way(in_after BIGINT, in_limit BIGINT, in_away LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'transfers under way from here'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('transfer_id', CAST(transfer_id AS CHAR), 'to', peer, 'sku_id', CAST(sku_id AS CHAR),
                                    'pool', pool, 'qty', qty,
                                    'age_s', TIMESTAMPDIFF(SECOND, created_at, UTC_TIMESTAMP(3))) ORDER BY transfer_id)
      INTO v_items
      FROM (SELECT transfer_id, peer, sku_id, pool, qty, created_at
              FROM stock_transfer FORCE INDEX (stock_transfer_state) -- by key it would walk through all that ever was
             WHERE state = 'in_flight' AND transfer_id > in_after AND NOT JSON_CONTAINS(in_away, CAST(peer AS CHAR))
             ORDER BY transfer_id
             LIMIT in_limit) t;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
