-- hold_rule_json: a rule that holds orders, as staff see it.
--
-- Parameters
--   in_currency     CHAR(3)   which
-- Returns  JSON object {"currency", "above", "version", "changed_by", "changed_at"}; NULL when there is no such rule
-- Errors   none
-- Locks    none
-- Example  SELECT hold_rule_json('EUR');
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION hold_rule_json(in_currency CHAR(3)) RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a rule that holds orders as JSON'
BEGIN
    RETURN (SELECT JSON_OBJECT('currency', currency, 'above', above, 'version', version,
                               'changed_by', CAST(changed_by AS CHAR), 'changed_at', rfc3339(changed_at))
              FROM hold_rule
             WHERE currency = in_currency);
END
