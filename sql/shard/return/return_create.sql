-- return_create: the buyer wants to send units of an order back.
--
-- Parameters
--   in_return_id         BIGINT         new id in the slot of the order
--   in_account_id        BIGINT         the caller
--   in_order_id          BIGINT         the order; some of it was shipped
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
--   in_items             LONGTEXT       JSON [{"line": n, "qty": n}, …]
--   in_resolution        VARCHAR(12)    refund, replacement; NULL: refund
--   in_reason            VARCHAR(500)   NULL: not said
--   in_return_window_s   BIGINT         how long after delivery
-- Returns  one row: status INT, body JSON, etag
--   201 the return as return_json, REQUESTED
-- Errors   30004 not_found · 30506 order.state: <state> · 30003 request.invalid: items · 31003 return.quantity ·
--          31005 return.window · 30021 idempotency.mismatch · 30022 idempotency.in_progress · 30015 slot.moved
-- Locks    slot_owner, idempotency, orders, order_return, order_event, outbox
-- Example  CALL return_create(6001, 640, 171798691840, NULL, NULL, '[{"line": 1, "qty": 1}]', 'refund', 'too small', 2592000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE return_create(
    in_return_id BIGINT, in_account_id BIGINT, in_order_id BIGINT, in_idempotency_key VARCHAR(255),
    in_body_hash VARBINARY(32), in_items LONGTEXT, in_resolution VARCHAR(12), in_reason VARCHAR(500),
    in_return_window_s BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'the buyer sends units back'
BEGIN
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_order_id);
    CALL idempotency_claim(in_account_id, 'return_create', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        CALL order_lock(in_order_id, in_account_id, NULL, 'PARTIALLY_SHIPPED,SHIPPED,DELIVERED,COMPLETED');
        IF EXISTS (SELECT 1 FROM orders
                    WHERE order_id = in_order_id AND delivered_at < UTC_TIMESTAMP(3) - INTERVAL in_return_window_s SECOND) THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 31005, MESSAGE_TEXT = 'return.window';
        END IF;
        INSERT INTO order_return (return_id, order_id, state, resolution, reason, created_at)
        VALUES (in_return_id, in_order_id, 'REQUESTED', COALESCE(in_resolution, 'refund'), in_reason, UTC_TIMESTAMP(3));
        CALL return_fill(in_return_id, in_order_id, in_items);
        CALL order_event_append(in_order_id, 'return.requested', return_event_json(in_return_id));

        SELECT 201, return_json(return_id), CONCAT('v', version) INTO v_status, v_body, v_etag
          FROM order_return
         WHERE return_id = in_return_id;
        CALL idempotency_store(in_account_id, 'return_create', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
