-- order_cancel_rest: staff gives up what of an order was not shipped and never can be. The order goes on with what was.
--
-- Parameters
--   in_order_id          BIGINT         the order; PARTIALLY_SHIPPED
--   in_reason            VARCHAR(255)   why; the buyer reads it; NULL: nothing
--   in_account_id        BIGINT         account of the staff
--   in_refund_id         BIGINT         new id in the order's slot, should money go back
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
--   in_if_match          BIGINT         version the caller saw; NULL: any
-- Returns  one row: status INT, body JSON, etag
--   200 the order as staff see it: SHIPPED, or DELIVERED when all that was shipped has arrived
-- Errors   30004 not_found · 30013 precondition.failed · 30506 order.state: <state> · 30021 idempotency.mismatch ·
--          30022 idempotency.in_progress · 30015 slot.moved
-- Locks    slot_owner, idempotency, orders, shipment, order_item, order_event, outbox, payment, refund, ledger_entry, stock (by
--          sku_id), stock_movement
-- Example  CALL order_cancel_rest(171798691840, 'Lost in the warehouse', 42, 99, NULL, NULL, NULL);
--
-- Parcels that are READY are unpacked. What the units came to goes back (a line's price with its discount and added tax, less
-- ⌊that × shipped / bought⌋, so that refunds of what was shipped add up to the rest of it), or what is left of what was paid if that is less.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_cancel_rest(
    in_order_id BIGINT, in_reason VARCHAR(255), in_account_id BIGINT, in_refund_id BIGINT, in_idempotency_key VARCHAR(255),
    in_body_hash VARBINARY(32), in_if_match BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'what was not shipped is given up'
BEGIN
    DECLARE v_owner, v_amount BIGINT;
    DECLARE v_rest LONGTEXT;
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_order_id);
    SELECT order_owner(in_order_id) INTO v_owner;
    CALL idempotency_claim(v_owner, 'order_cancel_rest', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        CALL order_lock(in_order_id, NULL, in_if_match, 'PARTIALLY_SHIPPED');
        CALL shipment_cancel_ready(in_order_id);
        SET v_rest = shipment_left_json(in_order_id);
        UPDATE JSON_TABLE(v_rest, '$[*]' COLUMNS (line INT PATH '$.line', qty BIGINT PATH '$.qty')) j
               STRAIGHT_JOIN order_item i ON i.order_id = in_order_id AND i.line = j.line
           SET i.cancelled = j.qty;
        SET v_amount = order_rest_amount(in_order_id);
        CALL order_event_append(in_order_id, 'order.rest_cancelled', JSON_OBJECT(
            'reason', in_reason, 'items', JSON_EXTRACT(v_rest, '$'), 'amount', v_amount + 0,
            'internal', JSON_OBJECT('staff', CAST(in_account_id AS CHAR))));
        IF v_amount > 0 THEN
            CALL refund_request(in_order_id, in_refund_id, v_amount, 'rest', in_reason, in_account_id, v_amount);
        END IF;
        CALL order_ship(in_order_id);
        CALL order_deliver(in_order_id, 'carrier');
        CALL stock_release_rest(in_order_id);

        SELECT 200, order_staff_json(order_id), CONCAT('v', version) INTO v_status, v_body, v_etag
          FROM orders
         WHERE order_id = in_order_id;
        CALL idempotency_store(v_owner, 'order_cancel_rest', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
