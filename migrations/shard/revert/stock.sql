-- Revert souk_shard:stock from mysql

DROP TABLE stock_transfer;
DROP TABLE stock_movement;
DROP TABLE stock;
