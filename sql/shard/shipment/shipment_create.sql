-- shipment_create: packs units of a paid order into a parcel, and hands it to the carrier if that is done already.
--
-- Parameters
--   in_shipment_id       BIGINT         new id in the slot of the order
--   in_account_id        BIGINT         who of the staff
--   in_order_id          BIGINT         the order; PAID or PARTIALLY_SHIPPED
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of path and body
--   in_if_match          BIGINT         version of the order the caller saw; NULL: any
--   in_items             LONGTEXT       JSON [{"line": n, "qty": n}, …]; NULL: all that is in no parcel yet
--   in_carrier           VARCHAR(64)    NULL: not known yet
--   in_tracking          VARCHAR(128)   NULL: none
--   in_shipped           TINYINT        1: it has left; else it is READY
-- Returns  one row: status INT, body JSON, etag, location
--   201 the shipment as shipment_json
-- Errors   30004 not_found · 30013 precondition.failed · 30506 order.state: <state> · 30003 request.invalid: items ·
--          31001 shipment.quantity · 30021 idempotency.mismatch · 30022 idempotency.in_progress · 30015 slot.moved
-- Locks    slot_owner, idempotency, orders, shipment, stock (by sku_id), stock_movement, order_event, outbox
-- Example  CALL shipment_create(5678, 640, 171798691840, NULL, NULL, NULL, '[{"line": 1, "qty": 2}]', 'DHL', 'JD014', 1);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE shipment_create(
    in_shipment_id BIGINT, in_account_id BIGINT, in_order_id BIGINT, in_idempotency_key VARCHAR(255),
    in_body_hash VARBINARY(32), in_if_match BIGINT, in_items LONGTEXT, in_carrier VARCHAR(64), in_tracking VARCHAR(128),
    in_shipped TINYINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a parcel of an order'
BEGIN
    DECLARE v_owner BIGINT;
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_order_id);
    SELECT order_owner(in_order_id) INTO v_owner;
    CALL idempotency_claim(v_owner, 'shipment_create', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        CALL order_lock(in_order_id, NULL, in_if_match, 'PAID,PARTIALLY_SHIPPED');
        INSERT INTO shipment (shipment_id, order_id, state, carrier, tracking, created_at)
        VALUES (in_shipment_id, in_order_id, 'READY', NULLIF(in_carrier, ''), NULLIF(in_tracking, ''), UTC_TIMESTAMP(3));
        CALL shipment_fill(in_shipment_id, in_order_id, COALESCE(in_items, shipment_left_json(in_order_id)));
        CALL order_event_append(in_order_id, 'shipment.created', JSON_SET(
            shipment_event_json(in_shipment_id), '$.internal', JSON_OBJECT('staff', CAST(in_account_id AS CHAR))));
        IF in_shipped = 1 THEN
            CALL shipment_ship(in_shipment_id);
        END IF;

        SELECT 201, shipment_json(shipment_id), CONCAT('v', version) INTO v_status, v_body, v_etag
          FROM shipment
         WHERE shipment_id = in_shipment_id;
        CALL idempotency_store(v_owner, 'shipment_create', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag,
           CONCAT('/v1/admin/shipments/', JSON_UNQUOTE(JSON_EXTRACT(v_body, '$.shipment_id'))) AS location;
END
