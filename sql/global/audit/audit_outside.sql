-- audit_outside: did what a shard has from outside come in, and did what it gave away there go?
--
-- Parameters
--   in_shard        BIGINT     the shard
--   in_items        LONGTEXT   JSON of audit_moves: [{"id", "sku_id", "pool", "qty", "want"}, …] with the peer -1
-- Returns  one row: status INT, body JSON
--   200 {"violations": [{"rule": "outside", "key", …}]}
-- Errors   none
-- Locks    none
-- Example  CALL audit_outside(0, '[{"id": "1024", "sku_id": "42", "pool": "main", "qty": 3, "want": "out"}]');
--
-- Outside are receipts of goods, corrections, and coupons that were issued. want: out: the units came from there.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_outside(in_shard BIGINT, in_items LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'what shards have from outside'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', 'outside', 'key', CAST(b.id AS CHAR), 'transfer_id', CAST(b.id AS CHAR),
                                    'shard', in_shard + 0, 'sku_id', CAST(b.sku_id AS CHAR), 'pool', b.pool,
                                    'qty', b.wanted, 'outside', CAST(b.units AS SIGNED)))
      INTO v_items
      FROM (SELECT i.id, i.sku_id, i.pool, i.wanted,
                   COALESCE(t.qty, 0) + COALESCE(c.qty, 0) + COALESCE(q.qty, 0) AS units
              FROM (SELECT j.id, j.sku_id, j.pool, CASE j.want WHEN 'out' THEN j.qty WHEN 'in' THEN -j.qty ELSE 0 END AS wanted
                      FROM JSON_TABLE(in_items, '$[*]' COLUMNS (
                           id BIGINT PATH '$.id', sku_id BIGINT PATH '$.sku_id', pool VARCHAR(16) PATH '$.pool',
                           qty BIGINT PATH '$.qty', want VARCHAR(8) PATH '$.want')) j) i
              LEFT JOIN goods_transfer t ON t.transfer_id = i.id AND t.sku_id = i.sku_id AND t.shard = in_shard
              LEFT JOIN goods_correction c ON c.correction_id = i.id AND c.sku_id = i.sku_id AND c.shard = in_shard
                                          AND c.state IN ('open', 'done') AND i.wanted <> 0
              LEFT JOIN promotion_quota q ON q.transfer_id = i.id AND q.promotion_id = i.sku_id
            HAVING i.wanted <> units
             LIMIT 100) b;

    SELECT 200 AS status, CONCAT('{"violations": [', COALESCE(v_items, ''), ']}') AS body;
END
