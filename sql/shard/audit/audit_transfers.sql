-- audit_transfers: is each end of a transfer what its movements say, and does none hang?
--
-- Parameters
--   in_after        BIGINT   transfer_id after which to begin; 0: at the start
--   in_limit        BIGINT   transfers to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": transfer_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   movement: the movements of a transfer are not what its state says · direction: it is in a state of the other end · stuck: under
--   way for more than 60 seconds
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_transfers(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_transfers(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'transfers and their movements'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    SELECT COALESCE(MAX(c.id), in_after), COUNT(*) INTO v_to, v_n
      FROM (SELECT transfer_id AS id FROM stock_transfer WHERE transfer_id > in_after ORDER BY transfer_id LIMIT in_limit) c;
    IF v_n < in_limit THEN
        SET v_to = 9223372036854775807;
    END IF;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', CASE WHEN b.moved <> b.should THEN 'movement' WHEN b.fits THEN 'stuck' ELSE 'direction' END,
                                    'key', CAST(b.transfer_id AS CHAR), 'transfer_id', CAST(b.transfer_id AS CHAR),
                                    'direction', b.direction, 'state', b.state, 'peer', b.peer, 'sku_id', CAST(b.sku_id AS CHAR), 'pool', b.pool, 'qty', b.qty,
                                    'moved', CAST(b.moved AS SIGNED)))
      INTO v_items
      FROM (SELECT t.transfer_id, t.direction, t.state, t.peer, t.sku_id, t.pool, t.qty, t.created_at,
                   COALESCE(SUM(m.on_hand_change), 0) AS moved,
                   CASE t.state WHEN 'received' THEN t.qty WHEN 'in_flight' THEN -t.qty WHEN 'settled' THEN -t.qty ELSE 0 END
                       AS should,
                   CASE t.direction WHEN 'in' THEN t.state IN ('received', 'refused')
                                    WHEN 'out' THEN t.state IN ('in_flight', 'settled', 'returned') OR t.state = 'refused' AND t.peer = -1
                                    ELSE 0 END AS fits
              FROM stock_transfer t
              LEFT JOIN stock_movement m ON m.sku_id = t.sku_id AND m.pool = t.pool AND m.reference = t.transfer_id
                                        AND m.reason IN ('receive', 'lend', 'return', 'correct')
             WHERE t.transfer_id > in_after AND t.transfer_id <= v_to
             GROUP BY t.transfer_id, t.direction, t.state, t.peer, t.sku_id, t.pool, t.qty, t.created_at
            HAVING moved <> should OR fits = 0 OR t.state = 'in_flight' AND t.created_at < UTC_TIMESTAMP(3) - INTERVAL 60 SECOND
             LIMIT 100) b;
    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
