-- Revert souk_global:flash from mysql
DROP TABLE flash_sale;
