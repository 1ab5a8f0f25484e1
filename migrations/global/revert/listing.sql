-- Revert souk_global:listing from mysql

DROP TABLE listing_pending;
DROP TABLE listing_count;
DROP TABLE product_listing;
DROP TABLE listing_term;
ALTER TABLE category DROP KEY category_parent, DROP COLUMN version;
