-- refund_create: staff gives the buyer of an order money back.
--
-- Parameters
--   in_order_id          BIGINT         the order
--   in_amount            BIGINT         minor units; NULL: all that is left
--   in_reason            VARCHAR(255)   why; the buyer reads it
--   in_account_id        BIGINT         account of the staff
--   in_refund_id         BIGINT         new id in the order's slot
--   in_idempotency_key   VARCHAR(255)   required by the row
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
-- Returns  one row: status INT, body JSON, etag, location
--   201 the refund, REQUESTED; the worker asks the provider until it ends
-- Errors   30004 not_found · 30607 refund.exceeds · 30608 refund.nothing · 30021 idempotency.mismatch ·
--          30022 idempotency.in_progress · 30015 slot.moved
-- Locks    slot_owner, idempotency, orders, payment, refund, ledger_entry, order_event, outbox
-- Example  CALL refund_create(1234, 500, 'Scratched', 42, 9876, 'key-1', UNHEX(SHA2('{}', 256)));
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE refund_create(
    in_order_id BIGINT, in_amount BIGINT, in_reason VARCHAR(255), in_account_id BIGINT, in_refund_id BIGINT,
    in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'staff gives money back'
BEGIN
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE v_owner, v_amount BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_order_id);
    SELECT order_owner(in_order_id) INTO v_owner;
    CALL idempotency_claim(v_owner, 'refund_create', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        CALL refund_request(in_order_id, in_refund_id, in_amount, 'staff', in_reason, in_account_id, v_amount);
        SET v_status = 201, v_body = refund_json(in_refund_id), v_etag = 'v1';
        CALL idempotency_store(v_owner, 'refund_create', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;
    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
