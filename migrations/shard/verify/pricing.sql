-- Verify souk_shard:pricing on mysql
SELECT promotion_id, code, kind, value, min_spend, min_qty, total_limit, account_limit, version FROM promotion WHERE 0;
SELECT promotion_id, kind, target_id, automatic, ends_at FROM promotion_target WHERE 0;
SELECT sku_id, category_id FROM sku_category WHERE 0;
SELECT shipping_method_id, price, price_per_kg, free_above, countries, tax_class, version FROM shipping_method WHERE 0;
SELECT tax_rate_id, country, region, tax_class, rate, included, version FROM tax_rate WHERE 0;
SELECT account_id, promotion_id, used FROM promotion_use WHERE 0;
SELECT order_id, promotion_id, amount, quota, counted FROM order_promotion WHERE 0;
SELECT discount_total, shipping_total, tax_total, tax_included, shipping_method FROM orders WHERE 0;
SELECT discount, tax, tax_included FROM order_item WHERE 0;
SELECT tax_class FROM sku WHERE 0;
