-- order_cancel_by_staff: staff takes an order back that is not shipped.
--
-- Parameters
--   in_order_id          BIGINT         the order
--   in_reason            VARCHAR(255)   why; the buyer reads it; NULL: nothing
--   in_account_id        BIGINT         account of the staff
--   in_refund_id         BIGINT         new id in the order's slot, should money go back
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
--   in_if_match          BIGINT         version the caller saw; NULL: any
-- Returns  one row: status INT, body JSON, etag
--   200 the order, as order_cancel gives it
-- Errors   as order_cancel
-- Locks    slot_owner, idempotency, and as order_cancel_begin
-- Example  CALL order_cancel_by_staff(171798691840, 'Sold out', 42, 99, NULL, NULL, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_cancel_by_staff(
    in_order_id BIGINT, in_reason VARCHAR(255), in_account_id BIGINT, in_refund_id BIGINT, in_idempotency_key VARCHAR(255),
    in_body_hash VARBINARY(32), in_if_match BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'staff takes an order back'
BEGIN
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE v_owner BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_order_id);
    SELECT order_owner(in_order_id) INTO v_owner;
    CALL idempotency_claim(v_owner, 'order_cancel_by_staff', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        CALL order_cancel_begin(NULL, in_order_id, in_if_match, in_refund_id,
                                JSON_OBJECT('reason', COALESCE(in_reason, 'cancelled by the shop'),
                                            'by', CAST(in_account_id AS CHAR)), in_account_id);
        SELECT 200, order_show_json(order_id), CONCAT('v', version) INTO v_status, v_body, v_etag
          FROM orders
         WHERE order_id = in_order_id;
        CALL idempotency_store(v_owner, 'order_cancel_by_staff', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
