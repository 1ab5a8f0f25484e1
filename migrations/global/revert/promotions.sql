-- Revert souk_global:promotions from mysql
ALTER TABLE sku DROP COLUMN tax_class;
DROP TABLE tax_rate;
DROP TABLE shipping_method;
DROP TABLE promotion_target;
DROP TABLE promotion_quota;
DROP TABLE promotion;
