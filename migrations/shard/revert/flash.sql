-- Revert souk_shard:flash from mysql
DROP TABLE flash_use;
DROP TABLE flash_order;
DROP TABLE flash_sale;
