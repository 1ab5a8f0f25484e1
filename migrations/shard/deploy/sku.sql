-- Deploy souk_shard:sku to mysql
-- requires: cluster

-- What an order needs to know of every SKU, on every shard: a price is never trusted from outside, and another server
-- never asked. A row is replaced only by a newer version.
CREATE TABLE sku (
    sku_id       BIGINT NOT NULL COMMENT 'its id; its slot names the home shard of its last units',
    product_id   BIGINT NOT NULL COMMENT 'of which product',
    title        VARCHAR(255) NOT NULL COMMENT 'the product''s title',
    options_text VARCHAR(800) NOT NULL COMMENT 'the option values: "M / Blue"; empty when there are none',
    image_url    VARCHAR(2048) NULL COMMENT 'its picture, or the product''s',
    price        BIGINT NOT NULL COMMENT 'minor units',
    currency     CHAR(3) NOT NULL COMMENT 'ISO 4217',
    list_price   BIGINT NULL COMMENT 'the price it is compared with, minor units; NULL for none',
    state        VARCHAR(16) COLLATE utf8mb4_bin NOT NULL COMMENT 'active: may be ordered; draft, retired: may not',
    weight_grams BIGINT NOT NULL COMMENT 'for shipping',
    version      BIGINT NOT NULL COMMENT 'rises with every change; a lower one never replaces a higher one',
    -- an order joins its lines by it
    PRIMARY KEY (sku_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'broadcast price and state of every SKU';
