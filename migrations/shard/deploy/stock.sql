-- Deploy souk_shard:stock to mysql
-- requires: cluster

-- This shard's part of the units of each SKU.
CREATE TABLE stock (
    sku_id   BIGINT NOT NULL COMMENT 'the SKU',
    pool     VARCHAR(16) NOT NULL COMMENT 'main',
    on_hand  BIGINT NOT NULL COMMENT 'units held here, reserved ones included',
    reserved BIGINT NOT NULL DEFAULT 0 COMMENT 'units that open orders of this shard hold',
    -- rows are locked in this order
    PRIMARY KEY (sku_id, pool),
    -- the law; a statement that would break it fails whole
    CONSTRAINT stock_reserved CHECK (reserved >= 0),
    CONSTRAINT stock_on_hand CHECK (reserved <= on_hand)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'escrow: units of each SKU on this shard';

-- Why a number in stock changed: one row for each change. Append-only: no grant to change or delete.
CREATE TABLE stock_movement (
    sku_id          BIGINT NOT NULL COMMENT 'the SKU',
    pool            VARCHAR(16) NOT NULL COMMENT 'as in stock',
    reference       BIGINT NOT NULL COMMENT 'order_id (reserve, release) or transfer_id (receive, lend, return)',
    reason          VARCHAR(16) NOT NULL COMMENT 'reserve, release, receive, lend, return',
    on_hand_change  BIGINT NOT NULL COMMENT 'units added to stock.on_hand',
    reserved_change BIGINT NOT NULL COMMENT 'units added to stock.reserved',
    created_at      DATETIME(3) NOT NULL COMMENT 'UTC',
    -- the movements of a SKU stand together, in order of time (ids are), and none can happen twice
    PRIMARY KEY (sku_id, pool, reference, reason)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'append-only record of every change of stock';

-- Units on their way between this shard and a peer. The same transfer_id stands at both ends.
CREATE TABLE stock_transfer (
    transfer_id BIGINT NOT NULL COMMENT 'made by the borrower, or with the receipt of goods',
    direction   VARCHAR(3) NOT NULL COMMENT 'out: units left here, in: units came here',
    peer        INT NOT NULL COMMENT 'number of the other shard; -1: outside',
    sku_id      BIGINT NOT NULL COMMENT 'the SKU',
    pool        VARCHAR(16) NOT NULL COMMENT 'as in stock',
    qty         BIGINT NOT NULL COMMENT 'units; 0 in a tombstone',
    state       VARCHAR(16) NOT NULL COMMENT 'out: in_flight, settled, returned; in: received, refused (a tombstone: it may never be received)',
    reference   VARCHAR(190) NULL COMMENT 'what the merchant called the receipt',
    created_at  DATETIME(3) NOT NULL COMMENT 'UTC',
    ended_at    DATETIME(3) NULL COMMENT 'UTC, when it left the state in_flight',
    -- a repeated step finds the first one here
    PRIMARY KEY (transfer_id),
    -- what is in flight, oldest first, and how many units of a SKU that is
    KEY stock_transfer_state (state, created_at),
    CONSTRAINT stock_transfer_qty CHECK (qty >= 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'escrow: units lent and received';
