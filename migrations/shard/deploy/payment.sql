-- Deploy souk_shard:payment to mysql
-- requires: orders

-- One row per attempt to pay an order. Several attempts of one order may be open at once and even captured: the first
-- pays the order, every other is money to give back (refund_due).
CREATE TABLE payment (
    payment_id   BIGINT           NOT NULL COMMENT 'id of the attempt, in the slot of the account; our number at the provider',
    slot         TINYINT UNSIGNED GENERATED ALWAYS AS (payment_id & 255) STORED COMMENT 'the account''s slot',
    order_id     BIGINT           NOT NULL COMMENT 'the order this attempt is to pay',
    account_id   BIGINT           NOT NULL COMMENT 'whose order it is',
    channel      VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'payment channel, e.g. sandbox',
    state        VARCHAR(12) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'CREATED, SUBMITTED (open); CAPTURED, FAILED (declined), VOIDED (closed unpaid)',
    amount       BIGINT           NOT NULL COMMENT 'minor units, copied from the order''s total when opened',
    currency     CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'ISO 4217, copied from the order',
    refund_due   TINYINT          NOT NULL DEFAULT 0 COMMENT '1: captured, yet the order was closed or already paid: the money goes back',
    lease_until  DATETIME(3)      NOT NULL COMMENT 'while this lies ahead the attempt is being opened and its order is not closed',
    expires_at   DATETIME(3)      NOT NULL COMMENT 'after this the provider is asked to take no money',
    provider_ref VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'the provider''s number of the transaction',
    reason       VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'why it ended unpaid: declined, or what the provider said to closing',
    created_at   DATETIME(3)      NOT NULL COMMENT 'when it was opened',
    ended_at     DATETIME(3)      NULL COMMENT 'when it left the open states',
    captured_at  DATETIME(3)      NULL COMMENT 'when the capture was recorded',
    version      BIGINT           NOT NULL DEFAULT 1 COMMENT 'raised by every change',
    PRIMARY KEY (payment_id),
    KEY payment_order (order_id, state, lease_until), -- attempts of an order; the closer looks for open ones and live leases
    KEY payment_slot (slot), -- moving a slot to another shard
    KEY payment_refund_due (refund_due, payment_id), -- the job that gives money back
    CONSTRAINT payment_amount CHECK (amount > 0),
    CONSTRAINT payment_refund CHECK (refund_due = 0 OR state = 'CAPTURED')
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci COMMENT = 'payment attempts';

-- The inbox of what providers tell about captures and declines, once per event: what was said and what came of it. The
-- primary key is what makes a repetition harmless.
CREATE TABLE payment_callback (
    channel      VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'payment channel',
    event_id     VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'the provider''s id of the event',
    payment_id   BIGINT           NOT NULL COMMENT 'the attempt it is about',
    slot         TINYINT UNSIGNED GENERATED ALWAYS AS (payment_id & 255) STORED COMMENT 'the account''s slot',
    said         VARCHAR(12) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'captured or declined',
    outcome      VARCHAR(12) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'paid, refund_due, declined, or ignored (the attempt had ended)',
    provider_ref VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'the provider''s number of the transaction',
    received_at  DATETIME(3)      NOT NULL COMMENT 'when it was recorded',
    PRIMARY KEY (channel, event_id),
    KEY payment_callback_payment (payment_id, received_at), -- support: what was said about this payment
    KEY payment_callback_slot (slot) -- moving a slot to another shard
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci COMMENT = 'events of payment providers; append-only';

-- The ledger: every movement of money is one transfer of at least two lines whose debits equal its credits.
CREATE TABLE ledger_entry (
    transfer_id  BIGINT           NOT NULL COMMENT 'id of what moved the money: the payment_id of a capture',
    line         TINYINT UNSIGNED NOT NULL COMMENT 'line of the transfer, from 1',
    slot         TINYINT UNSIGNED GENERATED ALWAYS AS (transfer_id & 255) STORED COMMENT 'the account''s slot',
    kind         VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'capture',
    account      VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'channel:<name> (what a provider owes us), order:<id> (what a buyer paid for it)',
    debit        BIGINT           NOT NULL COMMENT 'minor units; one of debit and credit is 0',
    credit       BIGINT           NOT NULL COMMENT 'minor units',
    currency     CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'ISO 4217',
    order_id     BIGINT           NOT NULL COMMENT 'the order it concerns',
    created_at   DATETIME(3)      NOT NULL COMMENT 'when it was booked',
    PRIMARY KEY (transfer_id, line), -- a transfer is booked once
    KEY ledger_entry_account (account, currency), -- balance of an account
    KEY ledger_entry_order (order_id), -- the money of an order
    KEY ledger_entry_slot (slot), -- moving a slot to another shard
    CONSTRAINT ledger_entry_side CHECK (debit >= 0 AND credit >= 0 AND (debit = 0) <> (credit = 0))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci COMMENT = 'double-entry ledger; append-only: nobody may UPDATE or DELETE';
