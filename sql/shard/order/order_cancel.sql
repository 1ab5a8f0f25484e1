-- order_cancel: the buyer takes an order back that is not shipped.
--
-- Parameters
--   in_account_id        BIGINT         the caller
--   in_order_id          BIGINT         the order
--   in_refund_id         BIGINT         new id in the order's slot, should money go back
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of the raw body
--   in_if_match          BIGINT         version the caller saw; NULL: any
-- Returns  one row: status INT, body JSON, etag
--   200 the order: CLOSED when nobody ever tried to pay it, else CLOSING until the provider's word is in; CANCELLING when it
--   was paid, until the money is back
-- Errors   30004 not_found · 30013 precondition.failed · 30506 order.state: <state> · 30021 idempotency.mismatch ·
--          30022 idempotency.in_progress · 30015 slot.moved
-- Locks    slot_owner, idempotency, and as order_cancel_begin
-- Example  CALL order_cancel(640, 171798691840, 99, NULL, NULL, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_cancel(
    in_account_id BIGINT, in_order_id BIGINT, in_refund_id BIGINT, in_idempotency_key VARCHAR(255),
    in_body_hash VARBINARY(32), in_if_match BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'the buyer takes an order back'
BEGIN
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_order_id);
    CALL idempotency_claim(in_account_id, 'order_cancel', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        CALL order_cancel_begin(in_account_id, in_order_id, in_if_match, in_refund_id,
                                '{"reason": "cancelled by the buyer"}', NULL);
        SELECT 200, order_show_json(order_id), CONCAT('v', version) INTO v_status, v_body, v_etag
          FROM orders
         WHERE order_id = in_order_id;
        CALL idempotency_store(in_account_id, 'order_cancel', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
