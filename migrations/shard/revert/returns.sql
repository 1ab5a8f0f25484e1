-- Revert souk_shard:returns from mysql
DROP TABLE return_item;
DROP TABLE order_return;
