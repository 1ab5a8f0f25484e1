-- Deploy souk_shard:orders to mysql
-- requires: events
-- requires: account
-- requires: sku
-- requires: stock

CREATE TABLE orders (
    order_id    BIGINT NOT NULL COMMENT 'id in the slot of its account',
    account_id  BIGINT NOT NULL COMMENT 'the buyer',
    state       VARCHAR(20) NOT NULL COMMENT 'PENDING_PAYMENT, CLOSING, CLOSED, PAID',
    version     INT NOT NULL COMMENT 'sequence of its newest event; raised by order_event_append alone',
    currency    CHAR(3) NOT NULL COMMENT 'ISO 4217, of every amount of the order',
    items_n     INT NOT NULL COMMENT 'lines',
    items_total BIGINT NOT NULL COMMENT 'sum of the lines, minor units',
    total       BIGINT NOT NULL COMMENT 'to be paid, minor units',
    title       VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL COMMENT 'title of the first line, for lists',
    address     JSON NOT NULL COMMENT 'name, phone, country, region, city, line1, line2, postal_code',
    note        VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL COMMENT 'what the buyer wants to say',
    email       VARCHAR(254) NULL COMMENT 'where to write to; NULL: the account''s address',
    created_at  DATETIME(3) NOT NULL COMMENT 'UTC',
    expires_at  DATETIME(3) NULL COMMENT 'UTC; unpaid until then, it is closed; NULL once paid',
    due_at      DATETIME(3) NULL COMMENT 'UTC; when the closer looks at it next',
    tries       INT NOT NULL DEFAULT 0 COMMENT 'times the closer could not finish',
    closing_at  DATETIME(3) NULL COMMENT 'UTC; when it became CLOSING',
    closed_at   DATETIME(3) NULL COMMENT 'UTC; when it became CLOSED',
    paid_at     DATETIME(3) NULL COMMENT 'UTC; when it became PAID',
    slot        TINYINT UNSIGNED GENERATED ALWAYS AS (account_id & 255) STORED COMMENT 'the account''s slot',
    PRIMARY KEY (order_id),
    -- a buyer's orders, newest first, of one state: 20 ids without touching a row that is not shown
    KEY orders_state (account_id, state, order_id),
    -- and of any state
    KEY orders_account (account_id, order_id),
    -- the closer: what is due, by state
    KEY orders_due (state, due_at),
    -- a slot moves to another shard as a whole
    KEY orders_slot (slot),
    CONSTRAINT orders_total CHECK (items_total >= 0 AND total >= 0),
    CONSTRAINT orders_states CHECK (state IN ('PENDING_PAYMENT', 'CLOSING', 'CLOSED', 'PAID'))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'orders; equal to the fold of their events';

-- The lines of an order as they were sold. Never changed.
CREATE TABLE order_item (
    order_id     BIGINT NOT NULL COMMENT 'the order',
    line         INT NOT NULL COMMENT 'from 1, as the buyer sent them',
    sku_id       BIGINT NOT NULL COMMENT 'the SKU',
    pool         VARCHAR(16) NOT NULL COMMENT 'where its units are reserved',
    product_id   BIGINT NOT NULL COMMENT 'the SKU''s product',
    title        VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL COMMENT 'title when it was sold',
    options_text VARCHAR(800) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL COMMENT 'its options when it was sold',
    image_url    VARCHAR(2048) NULL COMMENT 'its picture when it was sold',
    qty          BIGINT NOT NULL COMMENT 'units',
    unit_price   BIGINT NOT NULL COMMENT 'minor units',
    total        BIGINT NOT NULL COMMENT 'minor units',
    currency     CHAR(3) NOT NULL COMMENT 'ISO 4217, of the price',
    slot         TINYINT UNSIGNED GENERATED ALWAYS AS (order_id & 255) STORED COMMENT 'the account''s slot',
    PRIMARY KEY (order_id, line),
    -- a SKU stands once in an order; stock is locked in this order
    UNIQUE KEY order_item_sku (order_id, sku_id, pool),
    -- a slot moves to another shard as a whole
    KEY order_item_slot (slot),
    CONSTRAINT order_item_qty CHECK (qty > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'lines of orders';

-- What happened to an order. Merging `data` of its events in order gives its row. Append-only: no grant to change or delete.
CREATE TABLE order_event (
    order_id BIGINT NOT NULL COMMENT 'the order',
    seq      INT NOT NULL COMMENT 'from 1, without a gap',
    type     VARCHAR(32) NOT NULL COMMENT 'order.placed, order.closing …',
    at       DATETIME(3) NOT NULL COMMENT 'UTC',
    data     JSON NOT NULL COMMENT 'the fields that changed, with their new values',
    slot     TINYINT UNSIGNED GENERATED ALWAYS AS (order_id & 255) STORED COMMENT 'the account''s slot',
    PRIMARY KEY (order_id, seq),
    -- a slot moves to another shard as a whole
    KEY order_event_slot (slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'append-only event log of every order';
