-- price_batch_hold: makes coupons of a limited number lines of the open requests of a batch, to be reserved with the goods.
--
-- Parameters  none: reads b_rule; writes b_line
-- Returns  nothing: called by order_place between pricing and reserving
-- Errors   none
-- Locks    none
-- Example  CALL price_batch_hold();
--
-- Such a coupon is a unit of stock: its SKU is the promotion, its pool "coupon". It is held in escrow on every shard, lent
-- and borrowed like goods, and an order that gets none is short of stock. It is no line of the order itself.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_batch_hold()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'coupons to be reserved'
IF @price_rules_n > 0 THEN
    INSERT INTO b_line (n, line, sku_id, pool, product_id, qty, unit_price, total)
    SELECT r.n, 100000 + b.nth, b.promotion_id, 'coupon', b.promotion_id, 1, 0, 0
      FROM b_rule b
      JOIN b_request r ON r.n = b.n
     WHERE b.total_limit IS NOT NULL AND b.reason IS NULL AND r.error IS NULL AND r.status IS NULL;
END IF
