-- Revert souk_shard:orders from mysql

DROP TABLE order_event;
DROP TABLE order_item;
DROP TABLE orders;
