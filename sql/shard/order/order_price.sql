-- order_price: what an order would cost, and why. It holds nothing: coupons and units may be gone when the order comes.
--
-- Parameters
--   in_account_id       BIGINT     the buyer
--   in_items            LONGTEXT   JSON [{"sku_id": "…", "qty": n}, …]; NULL: the ticked lines of the cart
--   in_from_cart        TINYINT    1: the ticked lines of the cart
--   in_address          LONGTEXT   JSON object; NULL: not known yet, so no taxes
--   in_shipping_method  BIGINT     NULL: the usual one
--   in_coupons          LONGTEXT   JSON array of codes; NULL: none
--   in_known            LONGTEXT   JSON [{"promotion_id": n, "left": 0|1}, …]: of limited coupons of which this shard has
--                                  none, whether another one has; NULL: nothing is known yet
-- Returns  one row: status INT, body JSON
--   200 {"lines": [{"line", "sku_id", "qty", "unit_price", "total", "discount", "tax", "tax_included", "payable"}],
--        "items_total", "discount_total", "shipping_total", "tax_total", "tax_included", "total", "currency",
--        "explanation": [{"rule", "name", "code", "applied", "amount", "reason", "missing"}],
--        "shipping_method": "…", "shipping_methods": [{"id", "name", "price"}]}
-- Errors   30003 request.invalid · 30501 order.empty · 30502 order.sku_unavailable: <sku_id> · 30505 order.mixed_currency ·
--          30720 shipping.unavailable · 30015 slot.moved · 30401 stock.short: <promotion_id> coupon 1, when a limited coupon
--          would apply of which this shard has none, and in_known does not say whether another one has. A coupon that does
--          not apply is no error: the explanation says why
-- Locks    slot_owner, sku (shared) until it ends
-- Example  CALL order_price(640, '[{"sku_id": "42", "qty": 1}]', 0, NULL, NULL, '["WELCOME10"]', NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_price(
    in_account_id BIGINT, in_items LONGTEXT, in_from_cart TINYINT, in_address LONGTEXT, in_shipping_method BIGINT,
    in_coupons LONGTEXT, in_known LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'what an order would cost'
BEGIN
    SET @order_requests = JSON_ARRAY(JSON_OBJECT(
        'n', 0, 'order_id', '0', 'account_id', CAST(in_account_id AS CHAR), 'roles', 0, 'idempotency_key', '',
        'body_hash', '', 'payment_window_s', 0, 'from_cart', JSON_EXTRACT(IF(in_from_cart, 'true', 'false'), '$'),
        'items', JSON_EXTRACT(COALESCE(in_items, quote_cart_json(in_account_id)), '$'),
        'address', JSON_EXTRACT(COALESCE(in_address, '{}'), '$'),
        'shipping_method', CAST(in_shipping_method AS CHAR), 'coupons', JSON_EXTRACT(COALESCE(in_coupons, '[]'), '$')));
    SELECT GROUP_CONCAT(IF(j.is_left, j.promotion_id, NULL)), GROUP_CONCAT(IF(j.is_left, NULL, j.promotion_id))
      INTO @price_left, @price_gone
      FROM JSON_TABLE(COALESCE(in_known, '[]'), '$[*]' COLUMNS (
               promotion_id BIGINT PATH '$.promotion_id', is_left TINYINT PATH '$.left')) j;
    CALL order_price_answer();
END
