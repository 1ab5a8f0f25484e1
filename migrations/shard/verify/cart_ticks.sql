-- Verify souk_shard:cart_ticks on mysql
SELECT ticks_base, ticks_version FROM cart WHERE 0;
