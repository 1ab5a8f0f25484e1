-- order_release: an order that was held may be shipped again.
--
-- Parameters
--   in_account_id        BIGINT         who of the staff
--   in_order_id          BIGINT         the order
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
--   in_if_match          BIGINT         version the caller saw; NULL: any
-- Returns  one row: status INT, body JSON, etag
--   200 the order as staff see it, PAID
-- Errors   30004 not_found · 30013 precondition.failed · 30506 order.state: <state> · 30021 idempotency.mismatch ·
--          30022 idempotency.in_progress · 30015 slot.moved
-- Locks    slot_owner, idempotency, orders, order_event, outbox
-- Example  CALL order_release(640, 171798691840, NULL, NULL, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_release(
    in_account_id BIGINT, in_order_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32),
    in_if_match BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'ON_HOLD becomes PAID'
BEGIN
    DECLARE v_owner BIGINT;
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_order_id);
    SELECT order_owner(in_order_id) INTO v_owner;
    CALL idempotency_claim(v_owner, 'order_release', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        UPDATE orders
           SET state = 'PAID', held_at = NULL
         WHERE order_id = in_order_id AND state = 'ON_HOLD' AND version = COALESCE(in_if_match, version);
        IF ROW_COUNT() = 0 THEN
            CALL order_refuse(NULL, in_order_id, in_if_match);
        END IF;
        CALL order_event_append(in_order_id, 'order.released',
                                JSON_OBJECT('internal', JSON_OBJECT('staff', CAST(in_account_id AS CHAR))));

        SELECT 200, order_staff_json(order_id), CONCAT('v', version) INTO v_status, v_body, v_etag
          FROM orders
         WHERE order_id = in_order_id;
        CALL idempotency_store(v_owner, 'order_release', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
