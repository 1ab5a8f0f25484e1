-- Deploy souk_global:recommend to mysql
-- requires: catalog

-- What people did, as it came in: one row for each request, or each paid order. The worker learns from it.
CREATE TABLE behaviour_batch (
    batch_id   CHAR(64) NOT NULL COMMENT 'hash of who and Idempotency-Key, or of the order; random without a key',
    visitor    VARCHAR(80) NOT NULL COMMENT 'a<account>, s<session of a browser>, o<order>: what was done together',
    buyer      VARCHAR(80) NOT NULL DEFAULT '' COMMENT 'o: the a<account> that bought',
    body_hash  VARBINARY(32) NULL COMMENT 'of the request; another body under the same key is refused',
    events     LONGTEXT NOT NULL COMMENT 'JSON array of {type, product_id, at}',
    learnt     TINYINT NOT NULL DEFAULT 0 COMMENT '1: it has been learnt from; kept for a day so that a repeat is known',
    created_at DATETIME(3) NOT NULL COMMENT 'UTC',
    -- a repeated request, or event of an order, is the same row
    PRIMARY KEY (batch_id),
    -- the worker takes what is new, oldest first, and removes what is old
    KEY behaviour_batch_next (learnt, created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'behaviour to learn from';

-- What a visitor took an interest in.
CREATE TABLE interest (
    visitor    VARCHAR(80) NOT NULL COMMENT 'as in behaviour_batch',
    product_id BIGINT NOT NULL COMMENT 'in which product',
    weight     SMALLINT NOT NULL COMMENT '1 looked at, 3 put into a cart, 6 bought: the most of it',
    bought     TINYINT NOT NULL COMMENT '1: bought, and not to be offered again',
    at         DATETIME(3) NOT NULL COMMENT 'UTC, the last time',
    -- a visitor's interests are read together
    PRIMARY KEY (visitor, product_id),
    -- the latest of a visitor
    KEY interest_latest (visitor, at),
    -- old ones are forgotten in order of age
    KEY interest_age (at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'who likes what';

-- How often products go together, both ways.
CREATE TABLE affinity (
    product_id BIGINT NOT NULL COMMENT 'one',
    other_id   BIGINT NOT NULL COMMENT 'the other',
    weight     DOUBLE NOT NULL COMMENT 'sum over visitors of the product of their weights / 36, divided by their interests - 1',
    pairs      DOUBLE NOT NULL COMMENT 'visitors who had both',
    -- what goes with a product
    PRIMARY KEY (product_id, other_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'products that go together';

CREATE TABLE popularity (
    product_id BIGINT NOT NULL COMMENT 'which product',
    visitors   DOUBLE NOT NULL COMMENT 'sum over visitors of their weight / 6',
    PRIMARY KEY (product_id),
    -- the most popular
    KEY popularity_most (visitors)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'how popular products are';

-- The most similar products of each, made of affinity and popularity.
CREATE TABLE similar_product (
    product_id BIGINT NOT NULL COMMENT 'to which product',
    place      TINYINT NOT NULL COMMENT 'from 1, at most 50',
    other_id   BIGINT NOT NULL COMMENT 'which one is similar',
    score      DOUBLE NOT NULL COMMENT 'how similar',
    -- read in order
    PRIMARY KEY (product_id, place)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'similar products';

-- Products whose similar ones are to be worked out again.
CREATE TABLE similar_due (
    product_id BIGINT NOT NULL COMMENT 'which product',
    since      DATETIME(3) NOT NULL COMMENT 'UTC',
    PRIMARY KEY (product_id),
    -- the longest due go first
    KEY similar_due_next (since)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'similar products to work out';
