-- price_batch: what the open requests of a batch cost: discounts, shipping, taxes, totals. The only place that says so.
--
-- Parameters
--   in_places       TINYINT    1: orders are to be placed, and one whose coupon does not apply is refused; 0: only a quote
-- Returns  nothing: called by order_place and order_price_answer. Writes discount, tax and tax_included of b_line and the totals
--          and shipping_method of b_request; leaves b_rule, b_coupon, @price_coupons (1: some are named) and @price_rules_n
--          (promotions that apply). Refused in b_request: 307xx as promotion_refuse says, 30720 shipping.unavailable,
--          30003 request.invalid
-- Errors   none
-- Locks    when in_places: price_lock (shared), promotion_use (by account and promotion) of promotions with a limit for each account
-- Example  CALL price_batch(1);
--
-- In this order: discounts on the prices of the lines; shipping, by what the goods cost after discounts; taxes on what is
-- left of each. A fraction of a minor unit is rounded half up, once for each discount and once for each tax of a line; a
-- discount is dealt out to its lines in proportion to their totals, what is left over one minor unit each to the largest
-- remainders, the earlier line first. Nothing lowers the price of a flash sale further.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_batch(in_places TINYINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'prices a batch of orders'
BEGIN
    DECLARE v_rules, v_ships, v_taxes, v_lock TINYINT;

    SET @price_rules_n = 0;
    -- once a change has been acknowledged no order uses what was before
    IF in_places THEN
        SELECT one INTO v_lock FROM price_lock WHERE one = 1 LOCK IN SHARE MODE;
    END IF;
    -- as bytes: letter by letter this search would cost as much as an order
    SET @price_coupons = LOCATE(CAST('"coupons"' AS BINARY), CAST(@order_requests AS BINARY)) > 0;
    IF @price_coupons THEN
        CALL price_batch_coupons();
        SET @price_coupons = EXISTS (SELECT 1 FROM b_coupon);
    END IF;
    SELECT @price_coupons OR EXISTS (SELECT 1 FROM promotion_target WHERE automatic = 1),
           EXISTS (SELECT 1 FROM shipping_method WHERE state = 'active') OR @order_ships_n > 0,
           EXISTS (SELECT 1 FROM tax_rate WHERE state = 'active')
      INTO v_rules, v_ships, v_taxes;
    IF v_rules AND NOT @order_flash THEN
        CALL price_batch_rules(in_places);
        IF @price_rules_n > 0 THEN
            CALL price_batch_discount();
        END IF;
        IF @price_coupons AND in_places THEN
            CALL price_batch_refuse();
        END IF;
    END IF;
    IF v_ships THEN
        CALL price_batch_ship();
    END IF;
    IF v_taxes THEN
        CALL price_batch_tax();
    END IF;
    IF v_rules OR v_ships OR v_taxes THEN
        CALL price_batch_total();
    END IF;
END
