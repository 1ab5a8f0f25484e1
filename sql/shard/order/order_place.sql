-- order_place: places an order: prices of this instant, units reserved, the order waiting to be paid; all of it or nothing.
--
-- Parameters
--   in_order_id          BIGINT         new id in the account's slot
--   in_account_id        BIGINT         the buyer
--   in_roles             BIGINT         mask of the buyer's roles; 1: guest
--   in_idempotency_key   VARCHAR(255)   required by the row
--   in_body_hash         VARBINARY(32)  SHA-256 of the raw body
--   in_items             LONGTEXT       JSON [{"sku_id": "…", "qty": n}, …]
--   in_address           LONGTEXT       JSON object
--   in_note              VARCHAR(500)   NULL: none
--   in_email             VARCHAR(254)   NULL: the account's; a guest must give one
--   in_expected_total    BIGINT         minor units; NULL: any
--   in_payment_window_s  BIGINT         seconds the buyer has to pay
-- Returns  one row: status INT, body JSON, etag, location
--   201 {"order_id": "…", "state": "PENDING_PAYMENT", "total": n, "currency": "…", "expires_at": "…"}
-- Errors   30507 order.email_required · 30003 request.invalid · 30501 order.empty · 30502 order.sku_unavailable: <sku_id> ·
--          30505 order.mixed_currency · 30504 order.price_changed: … · 30401 stock.short: <sku_id> <pool> <missing> ·
--          30021 idempotency.mismatch · 30022 idempotency.in_progress · 30015 slot.moved
-- Locks    slot_owner, idempotency, sku (shared), order_item, orders, order_event, outbox, stock (by sku_id), stock_movement;
--          stock last, for a popular SKU's row is what buyers wait for
-- Example  CALL order_place(171798691840, 640, 2, 'key-1', UNHEX(SHA2('{}', 256)), '[{"sku_id": "42", "qty": 1}]',
--                           '{"name": "Ada"}', NULL, NULL, NULL, 1800);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_place(
    in_order_id BIGINT, in_account_id BIGINT, in_roles BIGINT,
    in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32), in_items LONGTEXT, in_address LONGTEXT,
    in_note VARCHAR(500), in_email VARCHAR(254), in_expected_total BIGINT, in_payment_window_s BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'places an order'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_expires_at DATETIME(3) DEFAULT v_now + INTERVAL in_payment_window_s SECOND;
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE v_total BIGINT;
    DECLARE v_currency CHAR(3);
    DECLARE v_reserved TINYINT;
    DECLARE v_message VARCHAR(128);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF in_roles & 1 AND in_email IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30507, MESSAGE_TEXT = 'order.email_required';
    END IF;

    START TRANSACTION;
    CALL slot_check(in_account_id);
    CALL idempotency_claim(in_account_id, 'order_place', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        CALL order_fill(in_order_id, in_items, v_total, v_currency);
        IF v_total <> in_expected_total THEN
            SET v_message = CONCAT('order.price_changed: the total is ', v_total, ' ', v_currency);
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30504, MESSAGE_TEXT = v_message;
        END IF;

        INSERT INTO orders (order_id, account_id, state, version, currency, items_n, items_total, total, title, address,
                            note, email, created_at, expires_at, due_at)
        SELECT in_order_id, in_account_id, 'PENDING_PAYMENT', 0, v_currency, JSON_LENGTH(in_items), v_total, v_total,
               title, in_address, in_note, in_email, v_now, v_expires_at, v_expires_at
          FROM order_item
         WHERE order_id = in_order_id AND line = 1;
        CALL order_event_append(in_order_id, 'order.placed', order_json(in_order_id));

        CALL stock_reserve(in_order_id, v_reserved);
        IF NOT v_reserved THEN
            ROLLBACK;
            CALL stock_short(in_items);
        END IF;

        SET v_status = 201, v_etag = 'v1',
            v_body = JSON_OBJECT('order_id', CAST(in_order_id AS CHAR), 'state', 'PENDING_PAYMENT', 'total', v_total + 0,
                                 'currency', v_currency, 'expires_at', rfc3339(v_expires_at));
        CALL idempotency_store(in_account_id, 'order_place', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag,
           CONCAT('/v1/orders/', JSON_UNQUOTE(JSON_EXTRACT(v_body, '$.order_id'))) AS location;
END
