-- promotion_json: a promotion as the staff sees it.
--
-- Parameters
--   in_promotion_id  BIGINT   which
-- Returns  JSON object; NULL when there is none
-- Errors   none
-- Locks    none
-- Example  SELECT promotion_json(7);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION promotion_json(in_promotion_id BIGINT)
RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a promotion as JSON'
RETURN (SELECT JSON_OBJECT(
                   'promotion_id', CAST(promotion_id AS CHAR), 'name', name, 'code', code, 'kind', kind, 'value', value,
                   'currency', currency, 'min_spend', min_spend, 'min_qty', min_qty, 'max_discount', max_discount,
                   'targets', JSON_EXTRACT(targets, '$'), 'exclusive', JSON_EXTRACT(IF(exclusive, 'true', 'false'), '$'),
                   'priority', priority, 'stack_group', stack_group, 'total_limit', total_limit,
                   'account_limit', account_limit, 'starts_at', rfc3339(starts_at), 'ends_at', rfc3339(ends_at),
                   'state', state, 'created_at', rfc3339(created_at), 'version', version)
          FROM promotion
         WHERE promotion_id = in_promotion_id)
