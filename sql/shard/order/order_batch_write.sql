-- order_batch_write: writes the orders of the open requests, their lines, first events, movements of stock and outbox rows.
--
-- Parameters
--   in_now          DATETIME(3)   when the orders are placed
-- Returns  nothing: called by order_place inside its transaction
-- Errors   none
-- Locks    the new rows of orders, order_item, order_event, stock_movement, outbox
-- Example  CALL order_batch_write(UTC_TIMESTAMP(3));
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_batch_write(in_now DATETIME(3))
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'rows of a batch of orders'
BEGIN
    INSERT INTO orders (order_id, account_id, state, version, currency, items_n, items_total, discount_total,
                        shipping_total, tax_total, tax_included, shipping_method, total, title, address, note, email,
                        created_at, expires_at, due_at)
    SELECT r.order_id, r.account_id, 'PENDING_PAYMENT', 1, r.currency, r.items_n, r.items_total, r.discount_total,
           r.shipping_total, r.tax_total, r.tax_included, r.shipping_method, r.total, s.title, j.address, j.note, j.email,
           in_now, r.expires_at, r.expires_at
      FROM JSON_TABLE(@order_requests, '$[*]' COLUMNS (
               n INT PATH '$.n', note VARCHAR(500) PATH '$.note', email VARCHAR(254) PATH '$.email',
               address JSON PATH '$.address')) j
           STRAIGHT_JOIN b_request r ON r.n = j.n AND r.error IS NULL AND r.status IS NULL
           STRAIGHT_JOIN b_line l ON l.n = r.n AND l.line = 1
           STRAIGHT_JOIN sku s ON s.sku_id = l.sku_id;

    INSERT INTO order_item (order_id, line, sku_id, pool, product_id, title, options_text, image_url, qty, unit_price,
                            total, discount, tax, tax_included, currency)
    SELECT r.order_id, l.line, l.sku_id, l.pool, l.product_id, s.title, s.options_text, s.image_url, l.qty, l.unit_price,
           l.total, l.discount, l.tax, l.tax_included, l.currency
      FROM b_request r
           STRAIGHT_JOIN b_line l ON l.n = r.n AND l.pool <> 'coupon'
           STRAIGHT_JOIN sku s ON s.sku_id = l.sku_id
     WHERE r.error IS NULL AND r.status IS NULL;

    INSERT INTO stock_movement (sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at)
    SELECT l.sku_id, l.pool, r.order_id, 'reserve', 0, l.qty, in_now
      FROM b_request r
           STRAIGHT_JOIN b_line l ON l.n = r.n
     WHERE r.error IS NULL AND r.status IS NULL;

    CALL order_batch_tell(in_now);
END
