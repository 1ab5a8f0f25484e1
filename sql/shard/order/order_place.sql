-- order_place: places the orders of a batch of requests: prices of this instant, units reserved, each order waiting to be
-- paid. Each request succeeds or fails alone; all that succeed are one transaction.
--
-- Parameters
--   in_requests     LONGTEXT   JSON array in order of arrival, of
--     {"n": place in the batch from 0, "order_id": new id in the account's slot, "account_id", "roles": mask (1: guest),
--      "idempotency_key", "body_hash": hex of SHA-256 of path and body, "payment_window_s": the buyer has to pay,
--      "items": [{"sku_id", "qty"}], or "cart_version": the ticked lines of the cart that has this version, with "cached": 0:
--      Redis does not know, and the worker shall drop its copy,
--      "address": {…}, "note", "email": a guest must give one,
--      "expected_total": minor units, null: any, "coupons": ["CODE", …], "shipping_method": null: the usual one}; ids as text
--     A batch of orders of flash sales has "sale_id", "epoch" and "key_hash" in each request, sale_id right behind n, and one
--     line: its sale's SKU, which is taken from the sale's pool at the sale's price
-- Returns  one row for each request: n, status INT, body JSON, etag, location, error INT, detail
--   201 {"order_id": "…", "state": "PENDING_PAYMENT", "total": n, "currency": "…", "expires_at": "…"}; one that costs nothing is
--   PAID, and its expires_at null
--   error not NULL: this request was refused and nothing of it is written, for
--     30507 order.email_required · 30003 request.invalid · 30501 order.empty · 30502 order.sku_unavailable: <sku_id> ·
--     30505 order.mixed_currency · 30504 order.price_changed: … · 30520 cart.changed · 30523 cart.frozen ·
--     30401 stock.short: <sku_id> <pool> <missing> · 30021 idempotency.mismatch · 30015 slot.moved · 307xx as price_batch says ·
--     309xx as flash_batch_lines says · 30014 conflict: what becomes of it depends on earlier requests of the batch; to be sent
--     again when they are decided
-- Errors   30022 idempotency.in_progress, of a batch of one; 1213, 1205: nothing is written, and the batch may be divided
-- Locks    slot_owner (shared), cart, sku (shared), flash_use, flash_sale (shared), price_lock (shared), promotion_use, idempotency
--          (by account, key), stock (by sku_id; coupons first), new rows
-- Example  CALL order_place('[{"n": 0, "order_id": "171798691840", "account_id": "640", "roles": 2,
--                              "idempotency_key": "key-1", "body_hash": "…", "payment_window_s": 1800,
--                              "items": [{"sku_id": "42", "qty": 1}], "address": {"name": "Ada"}}]');
--
-- The keys are written before anything that stays, with the answers they will replay: a repetition of the call waits for
-- this one and replays it, whatever became of the caller.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_place(in_requests LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'places orders'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    SET @order_requests = in_requests;
    CALL order_batch_open();
    START TRANSACTION;
    CALL order_batch_read(v_now);
    CALL order_batch_lines();
    CALL price_batch(1);
    CALL order_batch_claim();
    CALL price_batch_hold();
    CALL order_batch_stock();
    CALL order_batch_write(v_now);
    CALL price_batch_redeem();
    IF @order_flash THEN
        CALL flash_batch_take();
    END IF;
    IF @order_free_n > 0 THEN
        CALL order_batch_settle(v_now);
    END IF;
    CALL order_batch_close();
    COMMIT;

    -- a status is there already where an earlier answer is given again
    SELECT n, IF(error IS NULL, COALESCE(status, 201), NULL) AS status, body, etag,
           CONCAT('/v1/orders/', IF(status IS NULL, order_id, JSON_UNQUOTE(JSON_EXTRACT(body, '$.order_id')))) AS location,
           error, detail
      FROM b_request
     ORDER BY n;
END
