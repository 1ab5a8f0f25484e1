-- tax_rate_json: a tax rate as the staff sees it.
--
-- Parameters
--   in_tax_rate_id  BIGINT   which
-- Returns  JSON object; NULL when there is none
-- Errors   none
-- Locks    none
-- Example  SELECT tax_rate_json(7);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION tax_rate_json(in_tax_rate_id BIGINT)
RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a tax rate as JSON'
RETURN (SELECT JSON_OBJECT(
                   'tax_rate_id', CAST(tax_rate_id AS CHAR), 'name', name, 'country', country, 'region', region,
                   'tax_class', tax_class, 'rate', rate, 'included', JSON_EXTRACT(IF(included, 'true', 'false'), '$'),
                   'state', state, 'version', version)
          FROM tax_rate
         WHERE tax_rate_id = in_tax_rate_id)
