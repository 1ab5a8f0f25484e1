-- hold_rule_list: above which totals orders are held, by currency.
--
-- Parameters  none
-- Returns  one row: status INT, body JSON
--   200 {"items": [as hold_rule_json gives them]}
-- Errors   none
-- Locks    none
-- Example  CALL hold_rule_list();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE hold_rule_list()
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'every rule that holds orders'
SELECT 200 AS status,
       CONCAT('{"items": [', COALESCE(GROUP_CONCAT(hold_rule_json(currency) ORDER BY currency), ''), ']}') AS body
  FROM hold_rule
