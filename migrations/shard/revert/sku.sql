-- Revert souk_shard:sku from mysql

DROP TABLE sku;
