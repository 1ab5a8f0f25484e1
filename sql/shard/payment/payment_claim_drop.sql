-- payment_claim_drop: takes back what a request that did not mark its order as paid has claimed (payment_claim_make).
--
-- Parameters
--   in_reference    VARCHAR(64)   where the money was found
--   in_order_id     BIGINT        the order
--   in_payment_id   BIGINT        of the attempt that was to be made
-- Returns  one row: status INT, body JSON
--   200 {}; what other requests claim stays, and so does what the order was paid by
-- Errors   none
-- Locks    payment_reference
-- Example  CALL payment_claim_drop('Bank 2026-11-28/17', 171798691840, 5678);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_claim_drop(
    in_reference VARCHAR(64), in_order_id BIGINT, in_payment_id BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'who is not paid under a reference'
BEGIN
    DELETE FROM payment_reference
     WHERE reference = in_reference AND order_id = in_order_id AND payment_id = in_payment_id
       AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.payment_id = in_payment_id);
    SELECT 200 AS status, JSON_OBJECT() AS body;
END
