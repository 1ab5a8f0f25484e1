-- Verify souk_shard:order_rest on mysql
SELECT cancelled FROM order_item WHERE 0;
