-- Revert souk_shard:pricing from mysql
ALTER TABLE order_item DROP COLUMN tax_included, DROP COLUMN tax, DROP COLUMN discount;
ALTER TABLE orders DROP COLUMN shipping_method, DROP COLUMN tax_included, DROP COLUMN tax_total, DROP COLUMN shipping_total,
    DROP COLUMN discount_total;
DROP TABLE order_promotion;
DROP TABLE promotion_use;
ALTER TABLE sku DROP COLUMN tax_class;
DROP TABLE tax_rate;
DROP TABLE shipping_method;
DROP TABLE sku_category;
DROP TABLE promotion_target;
DROP TABLE promotion;
