-- Verify souk_global:catalog on mysql

SELECT category_id, parent_id, name, path FROM category WHERE 0;
SELECT product_id, handle, title, description_html, vendor, product_type, tags, image_url, image_alt, price_min, price_max, currency,
       state, state_wanted, pending, content_hash, version, created_at, updated_at FROM product WHERE 0;
SELECT product_id, position, name, option_values FROM product_option WHERE 0;
SELECT product_id, position, url, alt FROM product_image WHERE 0;
SELECT sku_id, product_id, option_key, position, title, option_values, code, price, list_price, currency, image_url, weight_grams,
       initial_units, state, version FROM sku WHERE 0;
SELECT product_id, category_id, listed FROM product_category WHERE 0;
SELECT word, product_id FROM product_word WHERE 0;
