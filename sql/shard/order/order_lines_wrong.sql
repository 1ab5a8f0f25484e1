-- order_lines_wrong: what is wrong with a choice of an order's lines.
--
-- Parameters
--   in_order_id     BIGINT     the order
--   in_items        LONGTEXT   JSON [{"line": n, …}, …]
-- Returns  VARCHAR: text of error 30003 that names the first element at fault; NULL: nothing is wrong
-- Errors   none
-- Locks    none
-- Example  SELECT order_lines_wrong(171798691840, '[{"line": 1}]');
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION order_lines_wrong(in_order_id BIGINT, in_items LONGTEXT)
RETURNS VARCHAR(128) CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'which element names no line, or one again'
RETURN (SELECT CONCAT('request.invalid: items[', j.nth - 1, '].line: ',
                      IF(i.line IS NULL, 'the order has no such line', 'named twice'))
          FROM (SELECT nth, line, ROW_NUMBER() OVER (PARTITION BY line ORDER BY nth) AS again
                  FROM JSON_TABLE(in_items, '$[*]' COLUMNS (nth FOR ORDINALITY, line INT PATH '$.line')) t) j
          LEFT JOIN order_item i ON i.order_id = in_order_id AND i.line = j.line
         WHERE i.line IS NULL OR j.again > 1
         ORDER BY j.nth
         LIMIT 1)
