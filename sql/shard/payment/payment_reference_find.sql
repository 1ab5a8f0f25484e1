-- payment_reference_find: an order of this shard, other than one, that staff marked as paid under a reference, or is marking.
--
-- Parameters
--   in_reference    VARCHAR(64)   where the money was found
--   in_order_id     BIGINT        the order that does not count
-- Returns  one row: status INT, body JSON
--   200 {"order_id": the first one, null where there is none}
-- Errors   none
-- Locks    none
-- Example  CALL payment_reference_find('Bank 2026-11-28/17', 171798691840);
--
-- A claim (payment_claim_make) counts while its order waits for a payment, also one that was left behind.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_reference_find(in_reference VARCHAR(64), in_order_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'who was paid under a reference'
SELECT 200 AS status, JSON_OBJECT('order_id', CAST(MIN(r.order_id) AS CHAR)) AS body
  FROM payment_reference r
  JOIN orders o ON o.order_id = r.order_id
 WHERE r.reference = in_reference AND r.order_id <> in_order_id
   AND (o.state = 'PENDING_PAYMENT'
        OR EXISTS (SELECT 1 FROM payment p
                    WHERE p.order_id = r.order_id AND p.channel = 'manual' AND p.provider_ref = in_reference))
