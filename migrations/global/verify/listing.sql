-- Verify souk_global:listing on mysql

SELECT parent_id, version FROM category WHERE 0;
SELECT term_id, kind, name, value FROM listing_term WHERE 0;
SELECT list_id, product_id, price, title_key FROM product_listing WHERE 0;
SELECT list_id, term_id, products FROM listing_count WHERE 0;
SELECT product_id, created_at FROM listing_pending WHERE 0;
