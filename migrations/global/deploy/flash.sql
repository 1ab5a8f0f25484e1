-- Deploy souk_global:flash to mysql
-- requires: catalog
-- requires: outbox
-- requires: broadcast

-- A number of units of one SKU at a price of their own, for a time. Every shard has a copy of what orders need.
CREATE TABLE flash_sale (
    sale_id         BIGINT NOT NULL COMMENT 'its id, in the slot of its SKU',
    title           VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL COMMENT 'for people, buyers too',
    sku_id          BIGINT NOT NULL COMMENT 'what is sold',
    pool            VARCHAR(16) NOT NULL COMMENT 'its units in stock, as in the shards'' tables',
    price           BIGINT NOT NULL COMMENT 'of one unit, minor units',
    currency        CHAR(3) NOT NULL COMMENT 'ISO 4217, the SKU''s',
    units           BIGINT NOT NULL COMMENT 'to be sold',
    per_account     BIGINT NOT NULL COMMENT 'units one account may have',
    queue_opens_at  DATETIME(3) NOT NULL COMMENT 'UTC; units leave the stock, and the waiting room opens',
    starts_at       DATETIME(3) NOT NULL COMMENT 'UTC; from then on it is bought',
    ends_at         DATETIME(3) NOT NULL COMMENT 'UTC; until then',
    waiting_room    TINYINT NOT NULL COMMENT '1: buyers are let in one after the other',
    challenge_bits  BIGINT NOT NULL COMMENT 'difficulty of the challenge: zero bits of a hash; 0: none is asked for',
    admit_per_s     BIGINT NOT NULL COMMENT 'buyers that the waiting room lets in, at most each second',
    attempts_per_min BIGINT NOT NULL COMMENT 'what one account may ask of the gate each minute',
    requests_per_s  BIGINT NOT NULL COMMENT 'what all together may ask of the gate each second',
    orders_per_s    BIGINT NOT NULL COMMENT 'orders that each shard is given at most each second',
    state           VARCHAR(16) NOT NULL COMMENT 'scheduled, open (units are in its pool), closed, cancelled',
    epoch           BIGINT NOT NULL COMMENT 'life of its gate: rises when the gate is made anew',
    version         BIGINT NOT NULL COMMENT 'rises with every change',
    created_at      DATETIME(3) NOT NULL COMMENT 'UTC',
    updated_at      DATETIME(3) NOT NULL COMMENT 'UTC',
    PRIMARY KEY (sale_id),
    -- what is to be opened or closed; what buyers see, by time
    KEY flash_sale_state (state, starts_at),
    CONSTRAINT flash_sale_units CHECK (units > 0 AND per_account > 0 AND price >= 0),
    CONSTRAINT flash_sale_window CHECK (queue_opens_at <= starts_at AND starts_at < ends_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'flash sales';
