-- Deploy souk_shard:shipping to mysql
-- requires: pricing

ALTER TABLE orders
    DROP CONSTRAINT orders_states;
ALTER TABLE orders
    ADD CONSTRAINT orders_states CHECK (state IN (
        'RECEIVED', 'REJECTED', 'PENDING_PAYMENT', 'CLOSING', 'CLOSED', 'PAID', 'ON_HOLD', 'CANCELLING', 'CANCELLED',
        'PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED', 'COMPLETED')),
    MODIFY COLUMN due_at DATETIME(3) NULL
        COMMENT 'UTC; PENDING_PAYMENT, CLOSING: when the closer looks at it next; SHIPPED, DELIVERED: since when it waits',
    ADD COLUMN held_at      DATETIME(3) NULL COMMENT 'UTC; since when it is ON_HOLD',
    ADD COLUMN shipped_at   DATETIME(3) NULL COMMENT 'UTC; when it became SHIPPED',
    ADD COLUMN delivered_at DATETIME(3) NULL COMMENT 'UTC; when it became DELIVERED',
    ADD COLUMN completed_at DATETIME(3) NULL COMMENT 'UTC; when it became COMPLETED',
    -- staff list what is in a state, newest first
    ADD KEY orders_staff (state, order_id),
    -- staff look for an address that was given with an order
    ADD KEY orders_email (email, order_id);

-- staff look for an account's orders by its address
ALTER TABLE account ADD KEY account_email (email);

ALTER TABLE stock
    ADD COLUMN shipped BIGINT NOT NULL DEFAULT 0 COMMENT 'units that left here for buyers, less those that came back to be sold';

-- A parcel: some units of one order. An order may have several, and a replacement is one too.
CREATE TABLE shipment (
    shipment_id  BIGINT NOT NULL COMMENT 'in the slot of the account',
    order_id     BIGINT NOT NULL COMMENT 'the order',
    return_id    BIGINT NULL COMMENT 'the return whose units it replaces; NULL: units of the order itself',
    state        VARCHAR(12) NOT NULL COMMENT 'READY (packed; its units are held), SHIPPED, DELIVERED, CANCELLED',
    carrier      VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL COMMENT 'who carries it; NULL: not known yet',
    tracking     VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL COMMENT 'the carrier''s number; NULL: none',
    version      BIGINT NOT NULL DEFAULT 1 COMMENT 'raised by every change',
    created_at   DATETIME(3) NOT NULL COMMENT 'UTC',
    shipped_at   DATETIME(3) NULL COMMENT 'UTC; when it left',
    delivered_at DATETIME(3) NULL COMMENT 'UTC; when it arrived, as the carrier, the buyer or the timer says',
    cancelled_at DATETIME(3) NULL COMMENT 'UTC',
    slot         TINYINT UNSIGNED GENERATED ALWAYS AS (order_id & 255) STORED COMMENT 'the account''s slot',
    PRIMARY KEY (shipment_id),
    -- the shipments of an order
    KEY shipment_order (order_id, shipment_id),
    -- a slot moves to another shard as a whole
    KEY shipment_slot (slot),
    CONSTRAINT shipment_states CHECK (state IN ('READY', 'SHIPPED', 'DELIVERED', 'CANCELLED'))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'parcels';

-- What is in it. Never changed.
CREATE TABLE shipment_item (
    shipment_id BIGINT NOT NULL COMMENT 'the shipment',
    line        INT NOT NULL COMMENT 'line of the order',
    order_id    BIGINT NOT NULL COMMENT 'the order',
    sku_id      BIGINT NOT NULL COMMENT 'the SKU of that line',
    pool        VARCHAR(16) NOT NULL COMMENT 'where its units are reserved',
    qty         BIGINT NOT NULL COMMENT 'units',
    slot        TINYINT UNSIGNED GENERATED ALWAYS AS (order_id & 255) STORED COMMENT 'the account''s slot',
    PRIMARY KEY (shipment_id, line),
    -- a SKU stands once in a shipment; stock is locked in this order
    UNIQUE KEY shipment_item_sku (shipment_id, sku_id, pool),
    -- how much of an order's lines is in parcels
    KEY shipment_item_order (order_id, line, shipment_id, qty),
    -- a slot moves to another shard as a whole
    KEY shipment_item_slot (slot),
    CONSTRAINT shipment_item_qty CHECK (qty > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'contents of parcels';
