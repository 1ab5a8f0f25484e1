-- order_confirm_receipt: the buyer has everything: the order is COMPLETED.
--
-- Parameters
--   in_account_id        BIGINT         the caller
--   in_order_id          BIGINT         the order; SHIPPED or DELIVERED
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
--   in_if_match          BIGINT         version the caller saw; NULL: any
-- Returns  one row: status INT, body JSON, etag
--   200 the order, COMPLETED; one that was on its way was DELIVERED first, with its parcels
-- Errors   30004 not_found · 30013 precondition.failed · 30506 order.state: <state> · 30021 idempotency.mismatch ·
--          30022 idempotency.in_progress · 30015 slot.moved
-- Locks    slot_owner, idempotency, orders, shipment, order_event, outbox
-- Example  CALL order_confirm_receipt(640, 171798691840, NULL, NULL, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_confirm_receipt(
    in_account_id BIGINT, in_order_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32),
    in_if_match BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'the buyer has received the order'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_order_id);
    CALL idempotency_claim(in_account_id, 'order_confirm_receipt', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        CALL order_lock(in_order_id, in_account_id, in_if_match, 'SHIPPED,DELIVERED');
        UPDATE shipment
           SET state = 'DELIVERED', delivered_at = v_now, version = version + 1
         WHERE order_id = in_order_id AND return_id IS NULL AND state = 'SHIPPED';
        CALL order_deliver(in_order_id, 'buyer');
        UPDATE orders
           SET state = 'COMPLETED', completed_at = v_now, due_at = NULL
         WHERE order_id = in_order_id AND state = 'DELIVERED';
        IF ROW_COUNT() = 0 THEN
            CALL order_refuse(in_account_id, in_order_id, NULL);
        END IF;
        CALL order_event_append(in_order_id, 'order.completed', '{"by": "buyer"}');

        SELECT 200, order_show_json(order_id), CONCAT('v', version) INTO v_status, v_body, v_etag
          FROM orders
         WHERE order_id = in_order_id;
        CALL idempotency_store(in_account_id, 'order_confirm_receipt', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
