-- Revert souk_global:correction from mysql
DROP TABLE goods_correction;
