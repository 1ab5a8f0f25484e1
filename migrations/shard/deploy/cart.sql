-- Deploy souk_shard:cart to mysql
-- requires: sku

-- One row for each cart there ever was, locked first by whoever changes it. Its version names one content: the lines,
-- their quantities and their ticks. It never goes back and never repeats: one more than before, or the microseconds since
-- 1970 when that is more; so also ticks which Redis lost cannot give a number to two contents.
CREATE TABLE cart (
    account_id BIGINT NOT NULL COMMENT 'whose it is; guests have accounts too',
    version    BIGINT NOT NULL COMMENT 'rises with every change of a line, a quantity or a tick; below 2^53',
    merge_id   BIGINT NULL COMMENT 'frozen: this merge takes the lines away; NULL while the cart may change',
    merge_into BIGINT NULL COMMENT 'the account that gets the lines; NULL when merge_id is',
    expires_at DATETIME(3) NULL COMMENT 'UTC, end of the guest''s last token; NULL: an account''s, kept',
    changed_at DATETIME(3) NOT NULL COMMENT 'UTC',
    slot       TINYINT UNSIGNED GENERATED ALWAYS AS (account_id & 255) STORED COMMENT 'the account''s slot',
    PRIMARY KEY (account_id),
    -- merges that were begun, oldest first, for the worker
    KEY cart_merge_id (merge_id),
    -- carts of guests that nobody can reach any more
    KEY cart_expires (expires_at),
    -- a slot moves to another shard as a whole
    KEY cart_slot (slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'carts';

CREATE TABLE cart_item (
    account_id     BIGINT NOT NULL COMMENT 'whose cart',
    sku_id         BIGINT NOT NULL COMMENT 'the SKU',
    qty            INT NOT NULL COMMENT 'units, 1 … 999',
    ticked         TINYINT NOT NULL COMMENT '1: an order from the cart takes the line, 0: it leaves it',
    added_price    BIGINT NOT NULL COMMENT 'price when the line was added, minor units',
    added_currency CHAR(3) NOT NULL COMMENT 'its currency, ISO 4217',
    added_at       DATETIME(3) NOT NULL COMMENT 'UTC; lines are shown in this order',
    slot           TINYINT UNSIGNED GENERATED ALWAYS AS (account_id & 255) STORED COMMENT 'the account''s slot',
    -- a SKU stands once in a cart; the lines of a cart stand together
    PRIMARY KEY (account_id, sku_id),
    -- a slot moves to another shard as a whole
    KEY cart_item_slot (slot),
    CONSTRAINT cart_item_qty CHECK (qty BETWEEN 1 AND 999),
    CONSTRAINT cart_item_ticked CHECK (ticked IN (0, 1))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'lines of carts';

-- Guest carts that were merged into carts of this shard. A merge that is tried again finds itself here.
CREATE TABLE cart_merge (
    merge_id   BIGINT NOT NULL COMMENT 'made when the guest''s cart was frozen, in the guest''s slot',
    account_id BIGINT NOT NULL COMMENT 'whose cart got the lines',
    merged_at  DATETIME(3) NOT NULL COMMENT 'UTC',
    slot       TINYINT UNSIGNED GENERATED ALWAYS AS (account_id & 255) STORED COMMENT 'the account''s slot',
    -- each merge happens once
    PRIMARY KEY (merge_id),
    -- old ones are forgotten in order of age
    KEY cart_merge_age (merged_at),
    -- a slot moves to another shard as a whole
    KEY cart_merge_slot (slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'merges that were done';

-- Carts that changed while Redis could not be told: the worker drops their copies there as soon as it can.
CREATE TABLE cart_stale (
    account_id BIGINT NOT NULL COMMENT 'whose cart',
    version    BIGINT NOT NULL COMMENT 'the version that Redis may not know of',
    slot       TINYINT UNSIGNED GENERATED ALWAYS AS (account_id & 255) STORED COMMENT 'the account''s slot',
    PRIMARY KEY (account_id),
    -- a slot moves to another shard as a whole
    KEY cart_stale_slot (slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'carts whose copy in Redis may be old';
