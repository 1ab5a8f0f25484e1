-- Deploy souk_global:correction to mysql
-- requires: goods

-- Units that were counted again: more or fewer than the books said. With the receipts, what came from outside.
CREATE TABLE goods_correction (
    correction_id   BIGINT NOT NULL COMMENT 'transfer_id of its one step in stock; another one for each attempt',
    account_id      BIGINT NOT NULL COMMENT 'who corrected',
    idempotency_key VARCHAR(255) NOT NULL COMMENT 'as the client sent it, without quotes',
    body_hash       VARBINARY(32) NOT NULL COMMENT 'SHA-256 of path and body',
    sku_id          BIGINT NOT NULL COMMENT 'what was counted',
    pool            VARCHAR(16) NOT NULL COMMENT 'main',
    shard           INT NOT NULL COMMENT 'where the units come or go: the home shard of the SKU then',
    qty             BIGINT NOT NULL COMMENT 'units, signed',
    reason          VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL COMMENT 'why, for people',
    reference       VARCHAR(190) NULL COMMENT 'the merchant''s own number of the count',
    state           VARCHAR(16) NOT NULL COMMENT 'open: the shard was or will be told; done; refused: it has too few free, nothing changed',
    created_at      DATETIME(3) NOT NULL COMMENT 'UTC, of the latest attempt',
    ended_at        DATETIME(3) NULL COMMENT 'UTC, when it left the state open',
    PRIMARY KEY (correction_id),
    -- the same request again is the same correction
    UNIQUE KEY goods_correction_key (account_id, idempotency_key),
    -- what a crash cut in half, oldest first
    KEY goods_correction_state (state, created_at),
    -- the sum of a SKU's corrections
    KEY goods_correction_sku (sku_id, state, qty),
    CONSTRAINT goods_correction_qty CHECK (qty <> 0),
    CONSTRAINT goods_correction_states CHECK (state IN ('open', 'done', 'refused'))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'corrections of stock';
