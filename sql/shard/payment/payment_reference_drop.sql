-- payment_reference_drop: takes back the claim of an order that was not marked as paid under a reference.
--
-- Parameters
--   in_reference    VARCHAR(64)   where the money was found
--   in_order_id     BIGINT        the order
-- Returns  one row: status INT, body JSON
--   200 {}; what the order was paid by stays
-- Errors   none
-- Locks    payment_reference
-- Example  CALL payment_reference_drop('Bank 2026-11-28/17', 171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_reference_drop(in_reference VARCHAR(64), in_order_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'who is not paid under a reference'
BEGIN
    DELETE FROM payment_reference
     WHERE reference = in_reference AND order_id = in_order_id
       AND NOT EXISTS (SELECT 1 FROM payment p
                        WHERE p.order_id = in_order_id AND p.channel = 'manual' AND p.provider_ref = in_reference);
    SELECT 200 AS status, JSON_OBJECT() AS body;
END
