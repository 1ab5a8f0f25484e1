-- Revert souk_global:catalog from mysql

DROP TABLE product_word;
DROP TABLE product_category;
DROP TABLE sku;
DROP TABLE product_image;
DROP TABLE product_option;
DROP TABLE product;
DROP TABLE category;
