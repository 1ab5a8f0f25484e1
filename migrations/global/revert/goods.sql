-- Revert souk_global:goods from mysql

DROP TABLE goods_transfer;
DROP TABLE goods_receipt;
