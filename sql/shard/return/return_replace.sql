-- return_replace: the buyer gets the same units anew, in a parcel that is packed now.
--
-- Parameters
--   in_return_id         BIGINT         the return; RECEIVED
--   in_account_id        BIGINT         who of the staff
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
--   in_if_match          BIGINT         version the caller saw; NULL: any
--   in_shipment_id       BIGINT         new id in the slot of the return
-- Returns  one row: status INT, body JSON, etag
--   200 the return as return_json, REPLACED
-- Errors   30004 not_found · 30013 precondition.failed · 31004 return.state: <state> · 31003 return.quantity ·
--          30401 stock.short: <sku_id> main <missing units> ·
--          30021 idempotency.mismatch · 30022 idempotency.in_progress · 30015 slot.moved
-- Locks    slot_owner, idempotency, orders, order_return, shipment, stock (by sku_id), stock_movement, order_event, outbox
-- Example  CALL return_replace(6001, 640, NULL, NULL, NULL, 5679);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE return_replace(
    in_return_id BIGINT, in_account_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32),
    in_if_match BIGINT, in_shipment_id BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'RECEIVED becomes REPLACED'
BEGIN
    DECLARE v_order_id BIGINT;
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL return_begin(in_return_id, 'return_replace', in_idempotency_key, in_body_hash, v_order_id, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        UPDATE order_return
           SET state = 'REPLACED', ended_at = UTC_TIMESTAMP(3), shipment_id = in_shipment_id, version = version + 1
         WHERE return_id = in_return_id AND state = 'RECEIVED' AND version = COALESCE(in_if_match, version);
        IF ROW_COUNT() = 0 THEN
            CALL return_refuse(in_return_id, in_if_match);
        END IF;
        CALL shipment_replace(in_shipment_id, in_return_id);
        CALL return_end(in_return_id, 'return_replace', in_idempotency_key, in_account_id, 'return.replaced', v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
