-- payment_claim_make: writes down, before anybody looks whether it is used, that an order is about to be marked as paid under a
-- reference.
--
-- Parameters
--   in_reference    VARCHAR(64)   where the money was found
--   in_order_id     BIGINT        the order
--   in_payment_id   BIGINT        new id in the order's slot, of the attempt that is to be made; it tells the requests apart
-- Returns  one row: status INT, body JSON
--   200 {}: it stands there now; an order that waits for no payment claims nothing
-- Errors   30015 slot.moved
-- Locks    slot_owner (shared), payment_reference
-- Example  CALL payment_claim_make('Bank 2026-11-28/17', 171798691840, 5678);
--
-- Who claims first and then looks on every shard (payment_reference_find) is seen by everybody who does the same: of two
-- orders that are marked under one reference at once, at most one is paid. So a claim has to stand until its own request has
-- ended, whatever becomes of others for the same order.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_claim_make(
    in_reference VARCHAR(64), in_order_id BIGINT, in_payment_id BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'who is to be paid under a reference'
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_order_id);
    INSERT INTO payment_reference (reference, order_id, payment_id)
    SELECT in_reference, o.order_id, in_payment_id
      FROM orders o
     WHERE o.order_id = in_order_id AND o.state = 'PENDING_PAYMENT'
        ON DUPLICATE KEY UPDATE reference = payment_reference.reference;
    COMMIT;
    SELECT 200 AS status, JSON_OBJECT() AS body;
END
