-- flash_shown_list: the flash sales that are coming, under way, or were over within the last day; the next to start first.
--
-- Parameters  none
-- Returns  one row: status INT, body JSON
--   200 {"items": [as flash_shown_json gives them]}, 100 at most
-- Errors   none
-- Locks    none
-- Example  CALL flash_shown_list();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_shown_list()
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'flash sales for buyers'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(flash_shown_json(f.sale_id) ORDER BY f.ends_at <= UTC_TIMESTAMP(3), f.starts_at, f.sale_id) INTO v_items
      FROM (SELECT sale_id, starts_at, ends_at
              FROM flash_sale
             WHERE state IN ('scheduled', 'open', 'closed') AND ends_at > UTC_TIMESTAMP(3) - INTERVAL 1 DAY
             ORDER BY starts_at, sale_id
             LIMIT 100) f;
    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
