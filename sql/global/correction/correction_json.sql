-- correction_json: a correction of stock.
--
-- Parameters
--   in_correction_id  BIGINT   the correction
-- Returns  JSON {"correction_id", "sku_id", "qty", "reason", "reference", "created_at"}; NULL when there is none
-- Errors   none
-- Locks    none
-- Example  SELECT correction_json(1024);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION correction_json(in_correction_id BIGINT)
RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a correction as JSON'
BEGIN
    RETURN (SELECT JSON_OBJECT('correction_id', CAST(correction_id AS CHAR), 'sku_id', CAST(sku_id AS CHAR), 'qty', qty,
                               'reason', reason, 'reference', reference, 'created_at', rfc3339(created_at))
              FROM goods_correction
             WHERE correction_id = in_correction_id);
END
