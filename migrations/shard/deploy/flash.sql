-- Deploy souk_shard:flash to mysql
-- requires: orders
-- requires: stock

-- What global knows of flash sales, as far as an order must. A row is changed only by a newer version.
CREATE TABLE flash_sale (
    sale_id     BIGINT NOT NULL COMMENT 'the sale; its slot names the shard where its units come together',
    sku_id      BIGINT NOT NULL COMMENT 'what is sold',
    pool        VARCHAR(16) COLLATE utf8mb4_bin NOT NULL COMMENT 'as in stock: its units',
    price       BIGINT NOT NULL COMMENT 'of one unit, minor units of the SKU''s currency',
    units       BIGINT NOT NULL COMMENT 'to be sold',
    per_account BIGINT NOT NULL COMMENT 'units one account may have',
    state       VARCHAR(16) COLLATE utf8mb4_bin NOT NULL COMMENT 'scheduled, open, closed, cancelled; orders only while it is open',
    epoch       BIGINT NOT NULL COMMENT 'life of the gate; what an older one let through becomes no order',
    version     BIGINT NOT NULL COMMENT 'a lower one never replaces a higher one',
    allotted    BIGINT NOT NULL DEFAULT 0 COMMENT 'units that went from the pool main into the sale''s; on its home shard only',
    PRIMARY KEY (sale_id),
    -- pools of sales that are over, to be emptied
    KEY flash_sale_state (state, sku_id, pool)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'broadcast flash sales';

-- The orders of flash sales: what the gate is made anew from.
CREATE TABLE flash_order (
    order_id   BIGINT NOT NULL COMMENT 'the order',
    sale_id    BIGINT NOT NULL COMMENT 'the sale',
    account_id BIGINT NOT NULL COMMENT 'the buyer',
    qty        BIGINT NOT NULL COMMENT 'units',
    key_hash   VARBINARY(16) NOT NULL COMMENT 'hash of the Idempotency-Key it was asked for with',
    body_hash  VARBINARY(32) NOT NULL COMMENT 'SHA-256 of path and body it was asked for with',
    ended_at   DATETIME(3) NULL COMMENT 'UTC, when its units went back into the sale''s pool; NULL: it has them',
    slot       TINYINT UNSIGNED GENERATED ALWAYS AS (order_id & 255) STORED COMMENT 'the account''s slot',
    PRIMARY KEY (order_id),
    -- the orders of a sale that have their units, page by page, and those that ended lately
    KEY flash_order_sale (sale_id, ended_at, order_id),
    -- a slot moves to another shard as a whole
    KEY flash_order_slot (slot),
    CONSTRAINT flash_order_qty CHECK (qty > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'orders of flash sales';

-- How many units of a sale an account has. Locked first by whoever wants more.
CREATE TABLE flash_use (
    account_id BIGINT NOT NULL COMMENT 'who',
    sale_id    BIGINT NOT NULL COMMENT 'of which sale',
    used       BIGINT NOT NULL COMMENT 'units of its orders that have not ended',
    slot       TINYINT UNSIGNED GENERATED ALWAYS AS (account_id & 255) STORED COMMENT 'the account''s slot',
    PRIMARY KEY (account_id, sale_id),
    -- a slot moves to another shard as a whole
    KEY flash_use_slot (slot),
    CONSTRAINT flash_use_used CHECK (used >= 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'units of flash sales by account';
