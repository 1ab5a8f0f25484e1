-- Verify souk_shard:shipping on mysql
SELECT held_at, shipped_at, delivered_at, completed_at FROM orders FORCE INDEX (orders_staff, orders_email) WHERE 0;
SELECT account_id FROM account FORCE INDEX (account_email) WHERE 0;
SELECT shipped FROM stock WHERE 0;
SELECT shipment_id, order_id, return_id, state, carrier, tracking, version, shipped_at, delivered_at FROM shipment WHERE 0;
SELECT shipment_id, line, order_id, sku_id, pool, qty FROM shipment_item WHERE 0;
