-- Verify souk_global:promotions on mysql
SELECT promotion_id, code, kind, value, min_spend, min_qty, total_limit, account_limit, version FROM promotion WHERE 0;
SELECT transfer_id, promotion_id, qty FROM promotion_quota WHERE 0;
SELECT promotion_id, kind, target_id FROM promotion_target WHERE 0;
SELECT shipping_method_id, price, price_per_kg, free_above, countries, tax_class, version FROM shipping_method WHERE 0;
SELECT tax_rate_id, country, region, tax_class, rate, included, version FROM tax_rate WHERE 0;
SELECT tax_class FROM sku WHERE 0;
