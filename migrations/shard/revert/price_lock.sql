-- Revert souk_shard:price_lock from mysql
DROP TABLE price_lock;
