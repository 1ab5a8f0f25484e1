-- stock_in_flight: transfers that left this shard and are not known to have arrived, oldest first.
--
-- Parameters
--   in_limit        BIGINT   transfers at most, 1 … 500
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"transfer_id", "to", "sku_id", "pool", "qty", "age_s"}]}
-- Errors   none
-- Locks    none
-- Example  CALL stock_in_flight(100);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_in_flight(in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'transfers under way from here'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('transfer_id', CAST(transfer_id AS CHAR), 'to', peer, 'sku_id', CAST(sku_id AS CHAR),
                                    'pool', pool, 'qty', qty,
                                    'age_s', TIMESTAMPDIFF(SECOND, created_at, UTC_TIMESTAMP(3))) ORDER BY created_at)
      INTO v_items
      FROM (SELECT transfer_id, peer, sku_id, pool, qty, created_at
              FROM stock_transfer
             WHERE state = 'in_flight'
             ORDER BY created_at
             LIMIT in_limit) t;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
