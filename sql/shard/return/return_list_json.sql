-- return_list_json: the returns of an order, the first one first.
--
-- Parameters
--   in_order_id     BIGINT   the order
-- Returns  JSON array of returns as return_json
-- Errors   none
-- Locks    none
-- Example  SELECT return_list_json(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION return_list_json(in_order_id BIGINT) RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'returns of an order as JSON'
RETURN (SELECT CONCAT('[', COALESCE(GROUP_CONCAT(return_json(return_id) ORDER BY return_id), ''), ']')
          FROM order_return
         WHERE order_id = in_order_id)
