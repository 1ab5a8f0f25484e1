-- goods_in_flight: goods that no shard is known to have yet, oldest first.
--
-- Parameters
--   in_limit        BIGINT   transfers at most, 1 … 500
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"transfer_id", "to", "sku_id", "pool", "qty", "reference", "age_s"}]}
-- Errors   none
-- Locks    none
-- Example  CALL goods_in_flight(100);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE goods_in_flight(in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'goods on their way to the shards'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('transfer_id', CAST(t.transfer_id AS CHAR), 'to', t.shard,
                                    'sku_id', CAST(t.sku_id AS CHAR), 'pool', t.pool, 'qty', t.qty,
                                    'reference', r.reference,
                                    'age_s', TIMESTAMPDIFF(SECOND, t.created_at, UTC_TIMESTAMP(3)))
                        ORDER BY t.created_at)
      INTO v_items
      FROM (SELECT transfer_id, receipt_id, shard, sku_id, pool, qty, created_at
              FROM goods_transfer
             WHERE state = 'in_flight'
             ORDER BY created_at
             LIMIT in_limit) t
      JOIN goods_receipt r ON r.receipt_id = t.receipt_id;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
