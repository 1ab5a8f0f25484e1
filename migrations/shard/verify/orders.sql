-- Verify souk_shard:orders on mysql

SELECT order_id, account_id, state, version, currency, items_n, items_total, total, title, address, note,
       email, created_at, expires_at, due_at, tries, closing_at, closed_at, paid_at, slot
  FROM orders WHERE 0;
SELECT order_id, line, sku_id, pool, product_id, title, options_text, image_url, qty, unit_price, total, currency, slot
  FROM order_item WHERE 0;
SELECT order_id, seq, type, at, data, slot FROM order_event WHERE 0;
