-- order_baskets: which products stand in some orders.
--
-- Parameters
--   in_order_ids  LONGTEXT  JSON array of order ids
-- Returns  one row: status INT, body JSON
--   200 {"items": [{order_id, account_id, product_ids: []}]}
-- Errors   none of its own
-- Locks    none
-- Example  CALL order_baskets('["171798691840"]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_baskets(in_order_ids LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'products of orders'
BEGIN
    SELECT 200 AS status, CONCAT('{"items":[', COALESCE(GROUP_CONCAT(b.basket), ''), ']}') AS body
      FROM (SELECT JSON_OBJECT('order_id', CAST(o.order_id AS CHAR), 'account_id', CAST(o.account_id AS CHAR),
                               'product_ids', JSON_EXTRACT(CONCAT('[', GROUP_CONCAT('"', i.product_id, '"'), ']'), '$')) AS basket
              FROM JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) j
              JOIN orders o ON o.order_id = j.order_id
              JOIN order_item i ON i.order_id = o.order_id
             GROUP BY o.order_id, o.account_id) b;
END
