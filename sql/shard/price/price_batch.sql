-- price_batch: what the open requests of a batch cost: discounts, shipping, taxes, totals. The only place that says so.
--
-- Parameters
--   in_requests     LONGTEXT   JSON as order_place takes it; read here: "coupons": ["CODE", …], "shipping_method": id
--   in_places       TINYINT    1: orders are to be placed, and one whose coupon does not apply is refused; 0: only a quote
-- Returns  nothing: called by order_place and order_quote. Writes discount, tax and tax_included of b_line and the totals
--          and shipping_method of b_request; leaves b_rule, b_coupon. Refused in b_request: 307xx as promotion_refuse says,
--          30720 shipping.unavailable, 30003 request.invalid
-- Errors   none
-- Locks    promotion_use (by account and promotion), when in_places, of promotions with a limit for each account
-- Example  CALL price_batch('[{"n": 0, "coupons": ["WELCOME10"], …}]', 1);
--
-- In this order: discounts on the prices of the lines; shipping, by what the goods cost after discounts; taxes on what is
-- left of each. A fraction of a minor unit is rounded half up, once for each discount and once for each tax of a line; a
-- discount is dealt out to its lines in proportion to their totals, what is left over one minor unit each to the largest
-- remainders, the earlier line first.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_batch(in_requests LONGTEXT, in_places TINYINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'prices a batch of orders'
BEGIN
    CALL price_batch_open();
    IF LOCATE('"coupons"', in_requests) THEN
        CALL price_batch_coupons(in_requests);
    END IF;
    IF EXISTS (SELECT 1 FROM promotion_target WHERE automatic = 1) OR EXISTS (SELECT 1 FROM b_coupon) THEN
        CALL price_batch_rules(in_places);
        CALL price_batch_discount();
        IF in_places THEN
            CALL price_batch_refuse();
        END IF;
    END IF;
    CALL price_batch_ship(in_requests);
    IF EXISTS (SELECT 1 FROM tax_rate WHERE state = 'active') THEN
        CALL price_batch_tax();
    END IF;
    CALL price_batch_total();
END
