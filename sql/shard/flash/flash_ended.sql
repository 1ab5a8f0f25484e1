-- flash_ended: the orders of a sale that gave their units back lately.
--
-- Parameters
--   in_sale_id      BIGINT   the sale
--   in_seconds      BIGINT   how far to look back
-- Returns  one row: status INT, body JSON
--   200 {"items": ["order_id", …]}, the latest 10,000
-- Errors   none
-- Locks    none
-- Example  CALL flash_ended(171798691840, 60);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_ended(in_sale_id BIGINT, in_seconds BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'orders that gave units of a sale back'
BEGIN
    DECLARE v_since DATETIME(3) DEFAULT UTC_TIMESTAMP(3) - INTERVAL in_seconds SECOND;
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(CONCAT('"', o.order_id, '"')) INTO v_items
      FROM (SELECT order_id
              FROM flash_order
             WHERE sale_id = in_sale_id AND ended_at >= v_since
             ORDER BY ended_at DESC
             LIMIT 10000) o;
    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
