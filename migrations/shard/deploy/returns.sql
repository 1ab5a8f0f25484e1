-- Deploy souk_shard:returns to mysql
-- requires: shipping

-- What a buyer sends back of one order, and what comes of it.
CREATE TABLE order_return (
    return_id     BIGINT NOT NULL COMMENT 'in the slot of the account',
    order_id      BIGINT NOT NULL COMMENT 'the order',
    state         VARCHAR(12) NOT NULL COMMENT 'REQUESTED, APPROVED, RECEIVED (the units are here), REFUNDED, REPLACED, REJECTED',
    resolution    VARCHAR(12) NOT NULL COMMENT 'what the buyer wants: refund, replacement',
    reason        VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL COMMENT 'why, in the buyer''s words',
    note          VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL COMMENT 'what staff say to it; the buyer reads it',
    refund_amount BIGINT NULL COMMENT 'REFUNDED: minor units that went back',
    refund_id     BIGINT NULL COMMENT 'REFUNDED: the refund; NULL: nothing was to be paid back',
    shipment_id   BIGINT NULL COMMENT 'REPLACED: the parcel with the new units',
    version       BIGINT NOT NULL DEFAULT 1 COMMENT 'raised by every change',
    created_at    DATETIME(3) NOT NULL COMMENT 'UTC',
    approved_at   DATETIME(3) NULL COMMENT 'UTC',
    received_at   DATETIME(3) NULL COMMENT 'UTC',
    ended_at      DATETIME(3) NULL COMMENT 'UTC; when it became REFUNDED, REPLACED or REJECTED',
    slot          TINYINT UNSIGNED GENERATED ALWAYS AS (order_id & 255) STORED COMMENT 'the account''s slot',
    PRIMARY KEY (return_id),
    -- the returns of an order
    KEY order_return_order (order_id, return_id),
    -- what staff have to do, newest first
    KEY order_return_state (state, return_id),
    -- a slot moves to another shard as a whole
    KEY order_return_slot (slot),
    CONSTRAINT order_return_states CHECK (state IN ('REQUESTED', 'APPROVED', 'RECEIVED', 'REFUNDED', 'REPLACED', 'REJECTED'))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'returns';

CREATE TABLE return_item (
    return_id BIGINT NOT NULL COMMENT 'the return',
    line      INT NOT NULL COMMENT 'line of the order',
    order_id  BIGINT NOT NULL COMMENT 'the order',
    sku_id    BIGINT NOT NULL COMMENT 'the SKU of that line',
    pool      VARCHAR(16) NOT NULL COMMENT 'where sellable units go',
    qty       BIGINT NOT NULL COMMENT 'units the buyer wants to send back',
    received  BIGINT NULL COMMENT 'units that came; NULL: none were looked for yet',
    sellable  BIGINT NULL COMMENT 'of these, units that can be sold again',
    slot      TINYINT UNSIGNED GENERATED ALWAYS AS (order_id & 255) STORED COMMENT 'the account''s slot',
    PRIMARY KEY (return_id, line),
    -- a SKU stands once in a return; stock is locked in this order
    UNIQUE KEY return_item_sku (return_id, sku_id, pool),
    -- how much of an order's lines came back
    KEY return_item_order (order_id, line),
    -- a slot moves to another shard as a whole
    KEY return_item_slot (slot),
    CONSTRAINT return_item_qty CHECK (qty > 0 AND received BETWEEN 0 AND qty AND sellable BETWEEN 0 AND received)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'lines of returns';
