-- return_receive: the units came back; those that can be sold again go on the shelf.
--
-- Parameters
--   in_return_id         BIGINT         the return; APPROVED
--   in_account_id        BIGINT         who of the staff
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
--   in_if_match          BIGINT         version the caller saw; NULL: any
--   in_items             LONGTEXT       JSON [{"line": n, "received": n, "sellable": n}, …]: every line of the return, once
-- Returns  one row: status INT, body JSON, etag
--   200 the return as return_json, RECEIVED
-- Errors   30004 not_found · 30013 precondition.failed · 31004 return.state: <state> · 30003 request.invalid: items ·
--          30021 idempotency.mismatch · 30022 idempotency.in_progress · 30015 slot.moved
-- Locks    slot_owner, idempotency, orders, order_return, return_item, stock (by sku_id), stock_movement, order_event, outbox
-- Example  CALL return_receive(6001, 640, NULL, NULL, NULL, '[{"line": 1, "received": 1, "sellable": 1}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE return_receive(
    in_return_id BIGINT, in_account_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32),
    in_if_match BIGINT, in_items LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'APPROVED becomes RECEIVED, restock'
BEGIN
    DECLARE v_order_id BIGINT;
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL return_begin(in_return_id, 'return_receive', in_idempotency_key, in_body_hash, v_order_id, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        UPDATE order_return
           SET state = 'RECEIVED', received_at = UTC_TIMESTAMP(3), version = version + 1
         WHERE return_id = in_return_id AND state = 'APPROVED' AND version = COALESCE(in_if_match, version);
        IF ROW_COUNT() = 0 THEN
            CALL return_refuse(in_return_id, in_if_match);
        END IF;
        CALL return_count(in_return_id, in_items);
        CALL stock_restock(in_return_id);
        CALL return_end(in_return_id, 'return_receive', in_idempotency_key, in_account_id, 'return.received', v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
