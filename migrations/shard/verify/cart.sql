-- Verify souk_shard:cart on mysql

SELECT account_id, version, merge_id, merge_into, expires_at, changed_at, slot FROM cart WHERE 0;
SELECT account_id, sku_id, qty, ticked, added_price, added_currency, added_at, slot FROM cart_item WHERE 0;
SELECT merge_id, account_id, merged_at, slot FROM cart_merge WHERE 0;
SELECT account_id, version, slot FROM cart_stale WHERE 0;
