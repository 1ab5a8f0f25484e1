-- payment_reference_find: an order of this shard, other than one, that staff marked as paid under a reference.
--
-- Parameters
--   in_reference    VARCHAR(64)   where the money was found
--   in_order_id     BIGINT        the order that does not count
-- Returns  one row: status INT, body JSON
--   200 {"order_id": the first one, null where there is none}
-- Errors   none
-- Locks    none
-- Example  CALL payment_reference_find('Bank 2026-11-28/17', 171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_reference_find(in_reference VARCHAR(64), in_order_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'who was paid under a reference'
SELECT 200 AS status, JSON_OBJECT('order_id', CAST(MIN(order_id) AS CHAR)) AS body
  FROM payment_reference
 WHERE reference = in_reference AND order_id <> in_order_id
