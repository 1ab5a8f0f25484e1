-- Deploy souk_global:goods to mysql
-- requires: catalog

-- Goods that came in from outside. A reference is the merchant's own number of a delivery and is received once.
CREATE TABLE goods_receipt (
    receipt_id BIGINT NOT NULL COMMENT 'the receipt',
    reference  VARCHAR(190) NOT NULL COMMENT 'the merchant''s number of the delivery',
    sku_id     BIGINT NOT NULL COMMENT 'what came',
    qty        BIGINT NOT NULL COMMENT 'how many units came',
    created_at DATETIME(3) NOT NULL COMMENT 'UTC',
    PRIMARY KEY (receipt_id),
    -- the second receipt with the same reference stops here
    UNIQUE KEY goods_receipt_reference (reference),
    -- the receipts of a SKU, and their sum: what came from outside
    KEY goods_receipt_sku (sku_id, receipt_id),
    CONSTRAINT goods_receipt_qty CHECK (qty > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'goods received';

-- How the units of a receipt go to the shards: one transfer each.
CREATE TABLE goods_transfer (
    transfer_id BIGINT NOT NULL COMMENT 'as in stock_transfer of the shard',
    receipt_id  BIGINT NOT NULL COMMENT 'the receipt the units came with',
    shard       INT NOT NULL COMMENT 'where they go',
    sku_id      BIGINT NOT NULL COMMENT 'the SKU',
    pool        VARCHAR(16) NOT NULL COMMENT 'main',
    qty         BIGINT NOT NULL COMMENT 'units',
    state       VARCHAR(16) NOT NULL COMMENT 'in_flight, settled',
    created_at  DATETIME(3) NOT NULL COMMENT 'UTC',
    settled_at  DATETIME(3) NULL COMMENT 'UTC, when the shard was known to have them',
    PRIMARY KEY (transfer_id),
    -- the parts of a receipt
    KEY goods_transfer_receipt (receipt_id),
    -- what a crash cut in half, oldest first
    KEY goods_transfer_state (state, created_at),
    CONSTRAINT goods_transfer_qty CHECK (qty > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'goods on their way to the shards';
