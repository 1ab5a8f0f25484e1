-- cart_take_lines: the ticked lines of carts become the lines of the open requests of a batch that order from them.
--
-- Parameters  none: reads and writes b_request (cart_version), b_cart and b_line
-- Returns  nothing: called by order_batch_lines inside the transaction of order_place. Refused in b_request: 30520
--          cart.changed, when the cart is no longer the one that was shown; 30523 cart.frozen. Put off: 30014 conflict, when
--          an earlier request of the batch orders the cart
-- Errors   none
-- Locks    cart (by account_id), sku (shared, until the transaction ends)
-- Example  CALL cart_take_lines();
--
-- The lines stay in the cart until cart_drop_lines: a request may still be refused.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_take_lines()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'ticked lines become an order''s'
BEGIN
    DECLARE v_carts INT;

    DELETE FROM b_cart;
    INSERT IGNORE INTO b_cart (account_id, n)
    SELECT account_id, n FROM b_request WHERE cart_version IS NOT NULL AND error IS NULL AND status IS NULL ORDER BY n;
    SELECT COUNT(c.version) INTO v_carts
      FROM (SELECT account_id FROM b_cart ORDER BY account_id LIMIT 1000000) b
           STRAIGHT_JOIN cart c ON c.account_id = b.account_id
       FOR UPDATE;

    UPDATE b_request r
           STRAIGHT_JOIN b_cart b ON b.account_id = r.account_id
      LEFT JOIN cart c ON c.account_id = r.account_id
       SET r.error = CASE WHEN c.merge_id IS NOT NULL THEN 30523
                          WHEN c.version IS NULL OR c.version <> r.cart_version THEN 30520 ELSE 30014 END
     WHERE r.cart_version IS NOT NULL AND r.error IS NULL AND r.status IS NULL
       AND (b.n <> r.n OR c.version IS NULL OR c.version <> r.cart_version OR c.merge_id IS NOT NULL);

    INSERT INTO b_line (n, line, sku_id, pool, product_id, qty, unit_price, currency, weight_grams, tax_class, total)
    SELECT r.n, ROW_NUMBER() OVER (PARTITION BY r.n ORDER BY i.added_at, i.sku_id), i.sku_id, 'main', s.product_id, i.qty,
           s.price, s.currency, s.weight_grams, s.tax_class, IF(s.price > 9007199254740991 DIV i.qty, NULL, s.price * i.qty)
      FROM b_request r
           STRAIGHT_JOIN cart_item i ON i.account_id = r.account_id AND i.ticked = 1
      LEFT JOIN sku s ON s.sku_id = i.sku_id AND s.state = 'active'
     WHERE r.cart_version IS NOT NULL AND r.error IS NULL AND r.status IS NULL
      LOCK IN SHARE MODE;
END
