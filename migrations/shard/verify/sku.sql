-- Verify souk_shard:sku on mysql

SELECT sku_id, product_id, title, options_text, image_url, price, currency, list_price, state, weight_grams, version FROM sku WHERE 0;
