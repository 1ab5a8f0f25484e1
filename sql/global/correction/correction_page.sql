-- correction_page: corrections whose outcome is not written down, oldest first.
--
-- Parameters
--   in_limit        BIGINT   corrections at most, 1 … 500
--   in_skip         BIGINT   so many of the oldest are left out: this pass could not do them
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"correction_id", "shard", "sku_id", "pool", "qty", "reference", "age_s"}]}
-- Errors   none
-- Locks    none
-- Example  CALL correction_page(100, 0);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE correction_page(in_limit BIGINT, in_skip BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'corrections under way'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('correction_id', CAST(correction_id AS CHAR), 'shard', shard,
                                    'sku_id', CAST(sku_id AS CHAR), 'pool', pool, 'qty', qty, 'reference', reference,
                                    'age_s', TIMESTAMPDIFF(SECOND, created_at, UTC_TIMESTAMP(3))) ORDER BY created_at)
      INTO v_items
      FROM (SELECT correction_id, shard, sku_id, pool, qty, reference, created_at
              FROM goods_correction
             WHERE state = 'open'
             ORDER BY created_at
             LIMIT in_limit OFFSET in_skip) c;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
