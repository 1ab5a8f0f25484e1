-- Deploy souk_global:promotions to mysql
-- requires: catalog
-- requires: outbox
-- requires: broadcast

-- What lowers a price: by itself, or with a coupon. Every shard has a copy (shard table promotion), by version.
CREATE TABLE promotion (
    promotion_id  BIGINT NOT NULL COMMENT 'its id; its slot names the home shard of its last coupons',
    name          VARCHAR(190) NOT NULL COMMENT 'for people, buyers too',
    code          VARCHAR(64) COLLATE utf8mb4_bin NULL COMMENT 'what a buyer types, upper case; NULL: applies by itself',
    kind          VARCHAR(16) COLLATE utf8mb4_bin NOT NULL COMMENT 'fixed, percent, free_shipping',
    value         BIGINT NOT NULL COMMENT 'fixed: minor units; percent: hundredths of a percent; free_shipping: 0',
    currency      CHAR(3) NOT NULL COMMENT 'ISO 4217 of its amounts; orders in another one do not get it',
    min_spend     BIGINT NOT NULL DEFAULT 0 COMMENT 'minor units that the lines it is for must come to',
    min_qty       BIGINT NOT NULL DEFAULT 0 COMMENT 'units that those lines must have',
    max_discount  BIGINT NULL COMMENT 'minor units it takes off at most; NULL: no bound',
    targets       LONGTEXT NOT NULL COMMENT 'JSON array of {kind: all, category, product or sku; id}',
    exclusive     TINYINT NOT NULL DEFAULT 0 COMMENT '1: never together with another one',
    priority      BIGINT NOT NULL DEFAULT 0 COMMENT 'higher ones come first',
    stack_group   VARCHAR(64) COLLATE utf8mb4_bin NULL COMMENT 'of one group only the first applies; NULL: no group',
    total_limit   BIGINT NULL COMMENT 'orders that may use it; NULL: any number',
    account_limit BIGINT NULL COMMENT 'orders of one account that may use it; NULL: any number',
    starts_at     DATETIME(3) NOT NULL COMMENT 'UTC',
    ends_at       DATETIME(3) NULL COMMENT 'UTC; NULL: never',
    state         VARCHAR(16) COLLATE utf8mb4_bin NOT NULL COMMENT 'active, inactive',
    version       BIGINT NOT NULL COMMENT 'rises with every change',
    created_at    DATETIME(3) NOT NULL COMMENT 'UTC',
    updated_at    DATETIME(3) NOT NULL COMMENT 'UTC',
    PRIMARY KEY (promotion_id),
    -- a code names one promotion
    UNIQUE KEY promotion_code (code)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'promotions';

-- Coupons as they are dealt out to the shards: units of stock in the pool "coupon", one transfer for each rise of the limit.
CREATE TABLE promotion_quota (
    transfer_id  BIGINT NOT NULL COMMENT 'as in stock_transfer of the promotion''s home shard',
    promotion_id BIGINT NOT NULL COMMENT 'whose',
    qty          BIGINT NOT NULL COMMENT 'how many more orders may use it',
    PRIMARY KEY (transfer_id),
    -- all of a promotion: their sum is its total_limit
    KEY promotion_quota_promotion (promotion_id),
    CONSTRAINT promotion_quota_qty CHECK (qty > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'coupons that were issued';

-- What rules that apply by themselves are for. It bounds how many of them one line of an order can meet.
CREATE TABLE promotion_target (
    promotion_id BIGINT NOT NULL COMMENT 'the rule',
    kind         TINYINT NOT NULL COMMENT '0 all, 1 category, 2 product, 3 SKU',
    target_id    BIGINT NOT NULL COMMENT 'which; 0 for all',
    -- a rule's targets are replaced together
    PRIMARY KEY (promotion_id, kind, target_id),
    -- how many rules one target has
    KEY promotion_target_target (kind, target_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'targets of active rules without a code';

CREATE TABLE shipping_method (
    shipping_method_id BIGINT NOT NULL COMMENT 'its id',
    name         VARCHAR(190) NOT NULL COMMENT 'for people, buyers too',
    currency     CHAR(3) NOT NULL COMMENT 'ISO 4217; orders in another one do not see it',
    price        BIGINT NOT NULL COMMENT 'minor units for each order',
    price_per_kg BIGINT NOT NULL DEFAULT 0 COMMENT 'minor units for each kilogram begun',
    free_above   BIGINT NULL COMMENT 'minor units of goods after discounts from which it costs nothing; NULL: never',
    countries    LONGTEXT NOT NULL COMMENT 'JSON array of ISO 3166-1 codes; empty: everywhere',
    position     BIGINT NOT NULL DEFAULT 0 COMMENT 'the lowest that serves the address is the usual one',
    tax_class    VARCHAR(32) COLLATE utf8mb4_bin NOT NULL COMMENT 'which tax rate is on its price',
    state        VARCHAR(16) COLLATE utf8mb4_bin NOT NULL COMMENT 'active, inactive',
    version      BIGINT NOT NULL COMMENT 'rises with every change',
    PRIMARY KEY (shipping_method_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'ways to ship';

CREATE TABLE tax_rate (
    tax_rate_id BIGINT NOT NULL COMMENT 'its id',
    name        VARCHAR(190) NOT NULL COMMENT 'for people: VAT 19 %',
    country     CHAR(2) NOT NULL COMMENT 'ISO 3166-1, upper case',
    region      VARCHAR(100) NOT NULL DEFAULT '' COMMENT 'state or province; empty: where no other rate names the region',
    tax_class   VARCHAR(32) COLLATE utf8mb4_bin NOT NULL COMMENT 'standard, or what the merchant calls it',
    rate        BIGINT NOT NULL COMMENT 'hundredths of a percent',
    included    TINYINT NOT NULL COMMENT '1: prices contain it, 0: it is added',
    state       VARCHAR(16) COLLATE utf8mb4_bin NOT NULL COMMENT 'active, inactive',
    version     BIGINT NOT NULL COMMENT 'rises with every change',
    PRIMARY KEY (tax_rate_id),
    -- one rate for a place and a class
    UNIQUE KEY tax_rate_place (country, region, tax_class)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT 'taxes';

-- Which tax rate a SKU's price has.
ALTER TABLE sku ADD COLUMN tax_class VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'standard'
    COMMENT 'which tax rate is on its price';
