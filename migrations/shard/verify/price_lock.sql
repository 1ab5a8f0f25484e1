-- Verify souk_shard:price_lock on mysql
SELECT 1 / COUNT(*) FROM price_lock WHERE one = 1;
