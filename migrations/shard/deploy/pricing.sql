-- Deploy souk_shard:pricing to mysql
-- requires: orders

-- Copies of what global knows of promotions, shipping and taxes: an order never asks another server. A row is replaced only
-- by a newer version.
CREATE TABLE promotion (
    promotion_id  BIGINT NOT NULL COMMENT 'its id',
    name          VARCHAR(190) NOT NULL COMMENT 'for people, buyers too',
    code          VARCHAR(64) COLLATE utf8mb4_bin NULL COMMENT 'what a buyer types, upper case; NULL: applies by itself',
    kind          VARCHAR(16) COLLATE utf8mb4_bin NOT NULL COMMENT 'fixed, percent, free_shipping',
    value         BIGINT NOT NULL COMMENT 'fixed: minor units; percent: hundredths of a percent; free_shipping: 0',
    currency      CHAR(3) COLLATE utf8mb4_bin NOT NULL COMMENT 'ISO 4217 of its amounts',
    min_spend     BIGINT NOT NULL COMMENT 'minor units that the lines it is for must come to',
    min_qty       BIGINT NOT NULL COMMENT 'units that those lines must have',
    max_discount  BIGINT NULL COMMENT 'minor units it takes off at most; NULL: no bound',
    exclusive     TINYINT NOT NULL COMMENT '1: never together with another one',
    priority      BIGINT NOT NULL COMMENT 'higher ones come first',
    stack_group   VARCHAR(64) COLLATE utf8mb4_bin NULL COMMENT 'of one group only the first applies; NULL: no group',
    total_limit   BIGINT NULL COMMENT 'orders that may use it: units of stock in the pool "coupon"; NULL: any number',
    account_limit BIGINT NULL COMMENT 'orders of one account that may use it; NULL: any number',
    starts_at     DATETIME(3) NOT NULL COMMENT 'UTC',
    ends_at       DATETIME(3) NOT NULL COMMENT 'UTC; the year 9999: never',
    state         VARCHAR(16) COLLATE utf8mb4_bin NOT NULL COMMENT 'active, inactive',
    version       BIGINT NOT NULL COMMENT 'a lower one never replaces a higher one',
    PRIMARY KEY (promotion_id),
    -- what a buyer typed; not unique, for versions of two promotions may come out of order
    KEY promotion_code (code)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'broadcast promotions';

-- What active promotions are for: pricing looks up the lines of an order here and never walks through promotions.
CREATE TABLE promotion_target (
    promotion_id BIGINT NOT NULL COMMENT 'the promotion',
    kind         TINYINT NOT NULL COMMENT '0 all, 1 category, 2 product, 3 SKU',
    target_id    BIGINT NOT NULL COMMENT 'which; 0 for all',
    automatic    TINYINT NOT NULL COMMENT '1: applies by itself, 0: with a coupon',
    ends_at      DATETIME(3) NOT NULL COMMENT 'as in promotion: what is over is not even looked at',
    -- whether the promotion of a coupon is for a line
    PRIMARY KEY (promotion_id, kind, target_id),
    -- the rules that a line meets
    KEY promotion_target_target (automatic, kind, target_id, ends_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'targets of active promotions';

-- The categories of each SKU, those above them too; replaced with the SKU's row.
CREATE TABLE sku_category (
    sku_id      BIGINT NOT NULL COMMENT 'the SKU',
    category_id BIGINT NOT NULL COMMENT 'a category of its product, or one above',
    -- an order's lines find the rules of their categories
    PRIMARY KEY (sku_id, category_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'broadcast categories of every SKU';

CREATE TABLE shipping_method (
    shipping_method_id BIGINT NOT NULL COMMENT 'its id',
    name         VARCHAR(190) NOT NULL COMMENT 'for people, buyers too',
    currency     CHAR(3) COLLATE utf8mb4_bin NOT NULL COMMENT 'ISO 4217; orders in another one do not see it',
    price        BIGINT NOT NULL COMMENT 'minor units for each order',
    price_per_kg BIGINT NOT NULL COMMENT 'minor units for each kilogram begun',
    free_above   BIGINT NULL COMMENT 'minor units of goods after discounts from which it costs nothing; NULL: never',
    countries    VARCHAR(1000) COLLATE utf8mb4_bin NOT NULL COMMENT 'ISO 3166-1 codes by comma; empty: everywhere',
    position     BIGINT NOT NULL COMMENT 'the lowest that serves the address is the usual one',
    tax_class    VARCHAR(32) COLLATE utf8mb4_bin NOT NULL COMMENT 'which tax rate is on its price',
    state        VARCHAR(16) COLLATE utf8mb4_bin NOT NULL COMMENT 'active, inactive',
    version      BIGINT NOT NULL COMMENT 'a lower one never replaces a higher one',
    PRIMARY KEY (shipping_method_id),
    -- the ways to ship that an order may choose from
    KEY shipping_method_currency (currency, state, position)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'broadcast ways to ship';

CREATE TABLE tax_rate (
    tax_rate_id BIGINT NOT NULL COMMENT 'its id',
    name        VARCHAR(190) NOT NULL COMMENT 'for people: VAT 19 %',
    country     CHAR(2) COLLATE utf8mb4_bin NOT NULL COMMENT 'ISO 3166-1, upper case',
    region      VARCHAR(100) NOT NULL COMMENT 'state or province; empty: where no other rate names the region',
    tax_class   VARCHAR(32) COLLATE utf8mb4_bin NOT NULL COMMENT 'standard, or what the merchant calls it',
    rate        BIGINT NOT NULL COMMENT 'hundredths of a percent',
    included    TINYINT NOT NULL COMMENT '1: prices contain it, 0: it is added',
    state       VARCHAR(16) COLLATE utf8mb4_bin NOT NULL COMMENT 'active, inactive',
    version     BIGINT NOT NULL COMMENT 'a lower one never replaces a higher one',
    PRIMARY KEY (tax_rate_id),
    -- a line finds the rate of its class at the address
    KEY tax_rate_place (country, tax_class, state, region)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'broadcast taxes';

ALTER TABLE sku ADD COLUMN tax_class VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'standard'
    COMMENT 'which tax rate is on its price';

-- How often an account has used a promotion whose use is limited. Locked first by whoever wants to.
CREATE TABLE promotion_use (
    account_id   BIGINT NOT NULL COMMENT 'who',
    promotion_id BIGINT NOT NULL COMMENT 'what',
    used         BIGINT NOT NULL COMMENT 'orders of the account that hold or have used it',
    slot         TINYINT UNSIGNED GENERATED ALWAYS AS (account_id & 255) STORED COMMENT 'the account''s slot',
    PRIMARY KEY (account_id, promotion_id),
    -- a slot moves to another shard as a whole
    KEY promotion_use_slot (slot),
    CONSTRAINT promotion_use_used CHECK (used >= 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'uses of promotions by account';

-- What lowered the price of an order. Never changed.
CREATE TABLE order_promotion (
    order_id     BIGINT NOT NULL COMMENT 'the order',
    promotion_id BIGINT NOT NULL COMMENT 'the promotion',
    name         VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL COMMENT 'its name then',
    code         VARCHAR(64) NULL COMMENT 'the coupon; NULL: it applied by itself',
    amount       BIGINT NOT NULL COMMENT 'what it took off, minor units; of shipping too',
    quota        TINYINT NOT NULL COMMENT '1: the order holds a unit of its pool "coupon"',
    counted      TINYINT NOT NULL COMMENT '1: it counts in promotion_use',
    slot         TINYINT UNSIGNED GENERATED ALWAYS AS (order_id & 255) STORED COMMENT 'the account''s slot',
    PRIMARY KEY (order_id, promotion_id),
    -- a slot moves to another shard as a whole
    KEY order_promotion_slot (slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'promotions of orders';

ALTER TABLE orders
    ADD COLUMN discount_total BIGINT NOT NULL DEFAULT 0 COMMENT 'sum of the lines'' discounts, minor units',
    ADD COLUMN shipping_total BIGINT NOT NULL DEFAULT 0 COMMENT 'shipping, minor units',
    ADD COLUMN tax_total BIGINT NOT NULL DEFAULT 0
        COMMENT 'tax that is added, minor units; total = items_total − discount_total + shipping_total + tax_total',
    ADD COLUMN tax_included BIGINT NOT NULL DEFAULT 0 COMMENT 'tax that the prices contain, minor units',
    ADD COLUMN shipping_method BIGINT NULL COMMENT 'how it is shipped; NULL: there was nothing to choose';

ALTER TABLE order_item
    ADD COLUMN discount BIGINT NOT NULL DEFAULT 0 COMMENT 'of total, minor units; what may be refunded is total − discount + tax',
    ADD COLUMN tax BIGINT NOT NULL DEFAULT 0 COMMENT 'tax that is added, minor units',
    ADD COLUMN tax_included BIGINT NOT NULL DEFAULT 0 COMMENT 'tax that total − discount contains, minor units';
