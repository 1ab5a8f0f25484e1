-- shipment_change: staff say how a parcel fares: it left, it arrived, it was unpacked, who carries it under which number.
--
-- Parameters
--   in_shipment_id       BIGINT         the shipment
--   in_account_id        BIGINT         who of the staff
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
--   in_if_match          BIGINT         version the caller saw; NULL: any
--   in_state             VARCHAR(12)    SHIPPED, DELIVERED or CANCELLED; NULL: as it is
--   in_carrier           VARCHAR(64)    NULL: as it is; empty: none
--   in_tracking          VARCHAR(128)   NULL: as it is; empty: none
-- Returns  one row: status INT, body JSON, etag
--   200 the shipment as shipment_json
-- Errors   30003 request.invalid · 30004 not_found · 30013 precondition.failed · 31002 shipment.state: <state> · 30506 order.state: <state> ·
--          30021 idempotency.mismatch · 30022 idempotency.in_progress · 30015 slot.moved
-- Locks    slot_owner, idempotency, orders, shipment, stock (by sku_id), stock_movement, order_event, outbox
-- Example  CALL shipment_change(5678, 640, NULL, NULL, NULL, 'SHIPPED', 'DHL', 'JD014');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE shipment_change(
    in_shipment_id BIGINT, in_account_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32),
    in_if_match BIGINT, in_state VARCHAR(12), in_carrier VARCHAR(64), in_tracking VARCHAR(128)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'how a parcel fares'
BEGIN
    DECLARE v_order_id, v_owner BIGINT;
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF in_state IS NULL AND in_carrier IS NULL AND in_tracking IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: state, carrier or tracking';
    END IF;

    START TRANSACTION;
    CALL slot_check(in_shipment_id);
    SELECT p.order_id, o.account_id INTO v_order_id, v_owner
      FROM shipment p
      JOIN orders o ON o.order_id = p.order_id
     WHERE p.shipment_id = in_shipment_id;
    IF v_order_id IS NULL THEN
        CALL shipment_refuse(in_shipment_id, NULL);
    END IF;
    CALL idempotency_claim(v_owner, 'shipment_change', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        CALL order_lock(v_order_id, NULL, NULL, NULL);
        UPDATE shipment
           SET carrier = NULLIF(COALESCE(in_carrier, carrier), ''), tracking = NULLIF(COALESCE(in_tracking, tracking), ''),
               version = version + 1
         WHERE shipment_id = in_shipment_id AND version = COALESCE(in_if_match, version) AND state <> 'CANCELLED';
        IF ROW_COUNT() = 0 THEN
            CALL shipment_refuse(in_shipment_id, in_if_match);
        END IF;
        CASE in_state
            WHEN 'SHIPPED' THEN CALL shipment_ship(in_shipment_id);
            WHEN 'DELIVERED' THEN CALL shipment_deliver(in_shipment_id);
            WHEN 'CANCELLED' THEN CALL shipment_cancel(in_shipment_id);
            ELSE CALL order_event_append(v_order_id, 'shipment.changed', shipment_event_json(in_shipment_id));
        END CASE;

        SELECT 200, shipment_json(shipment_id), CONCAT('v', version) INTO v_status, v_body, v_etag
          FROM shipment
         WHERE shipment_id = in_shipment_id;
        CALL idempotency_store(v_owner, 'shipment_change', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
