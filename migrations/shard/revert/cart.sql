-- Revert souk_shard:cart from mysql

DROP TABLE cart_stale;
DROP TABLE cart_merge;
DROP TABLE cart_item;
DROP TABLE cart;
