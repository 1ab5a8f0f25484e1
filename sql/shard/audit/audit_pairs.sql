-- audit_pairs: do the transfers stand here as their other ends say?
--
-- Parameters
--   in_peer         BIGINT     number of the shard where the other ends are; -1: outside
--   in_items        LONGTEXT   JSON of audit_moves or audit_goods: [{"id", "sku_id", "pool", "qty", "want"}, …]
-- Returns  one row: status INT, body JSON
--   200 {"violations": [{"rule": "pair", "key", …}]}
-- Errors   none
-- Locks    none
-- Example  CALL audit_pairs(1, '[{"id": "1024", "sku_id": "42", "pool": "main", "qty": 3, "want": "out"}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_pairs(in_peer BIGINT, in_items LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'both ends of transfers'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', 'pair', 'key', CAST(b.id AS CHAR), 'transfer_id', CAST(b.id AS CHAR),
                                    'sku_id', CAST(b.sku_id AS CHAR), 'pool', b.pool, 'qty', b.qty, 'peer', in_peer,
                                    'wanted', b.want, 'stands', COALESCE(CONCAT(b.state, ' ', b.stands), 'nothing')))
      INTO v_items
      FROM (SELECT i.id, i.sku_id, i.pool, i.qty, i.want, t.state, t.qty AS stands
              FROM (SELECT j.id, j.sku_id, j.pool, j.qty, j.want
                      FROM JSON_TABLE(in_items, '$[*]' COLUMNS (
                           id BIGINT PATH '$.id', sku_id BIGINT PATH '$.sku_id', pool VARCHAR(16) PATH '$.pool',
                           qty BIGINT PATH '$.qty', want VARCHAR(8) PATH '$.want')) j) i
              LEFT JOIN stock_transfer t ON t.transfer_id = i.id
             WHERE i.want <> CASE WHEN t.transfer_id IS NULL THEN 'none'
                                  WHEN t.state = 'received' THEN 'in'
                                  WHEN t.state IN ('in_flight', 'settled') THEN 'out'
                                  ELSE 'none' END
                OR i.want <> 'none'
                   AND (t.qty <> i.qty OR t.sku_id <> i.sku_id OR t.peer <> in_peer
                        OR t.pool COLLATE utf8mb4_bin <> i.pool COLLATE utf8mb4_bin)
             LIMIT 100) b;

    SELECT 200 AS status, CONCAT('{"violations": [', COALESCE(v_items, ''), ']}') AS body;
END
