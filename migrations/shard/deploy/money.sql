-- Deploy souk_shard:money to mysql
-- requires: payment

-- Every state of an order's life, also those that only some shops use.
ALTER TABLE orders DROP CONSTRAINT orders_states;
ALTER TABLE orders ADD CONSTRAINT orders_states CHECK (state IN (
    'RECEIVED', 'REJECTED', 'PENDING_PAYMENT', 'CLOSING', 'CLOSED', 'PAID', 'ON_HOLD', 'PARTIALLY_SHIPPED', 'SHIPPED',
    'DELIVERED', 'COMPLETED', 'CANCELLING', 'CANCELLED'));

-- What a provider that is called from outside requests gave for an attempt, and when the worker looks at it next.
ALTER TABLE payment
    ADD COLUMN captured      BIGINT NULL COMMENT 'minor units that the provider took; what exceeds amount goes back',
    ADD COLUMN handle        VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'the provider''s number of the attempt from when it was opened there',
    ADD COLUMN pay_url       VARCHAR(2048) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'where it is paid; NULL: the address is signed anew whenever it is shown',
    ADD COLUMN code_url      VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'what a QR code shows to pay it',
    ADD COLUMN due_at        DATETIME(3) NULL COMMENT 'UTC; when the worker does the next thing about it; NULL: there is nothing to do',
    ADD COLUMN tries         INT NOT NULL DEFAULT 0 COMMENT 'how often the worker has asked the provider in this state',
    ADD COLUMN statement_day DATE NULL COMMENT 'the provider''s statement in which the capture stands',
    ADD KEY payment_due (due_at), -- what the worker has to do
    ADD KEY payment_captured (channel, captured_at); -- captures of a day that a statement should hold

UPDATE payment SET captured = amount WHERE state = 'CAPTURED';

-- Money on its way back. REQUESTED and SUBMITTED are retried until they end.
CREATE TABLE refund (
    refund_id     BIGINT NOT NULL COMMENT 'id of the refund, in the slot of the account; our number at the provider',
    slot          TINYINT UNSIGNED GENERATED ALWAYS AS (refund_id & 255) STORED COMMENT 'the account''s slot',
    payment_id    BIGINT NOT NULL COMMENT 'the capture it is part of',
    order_id      BIGINT NOT NULL COMMENT 'its order',
    account_id    BIGINT NOT NULL COMMENT 'whose order',
    channel       VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'payment channel',
    state         VARCHAR(12) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'REQUESTED, SUBMITTED (the provider was asked); SUCCEEDED, FAILED',
    amount        BIGINT NOT NULL COMMENT 'minor units',
    currency      CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'ISO 4217, the payment''s',
    cause         VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'staff, cancel, return; by itself: late (the order was closed), second (it was paid), excess',
    reason        VARCHAR(255) NULL COMMENT 'what the staff wrote; the buyer reads it',
    requested_by  BIGINT NULL COMMENT 'account of the staff; NULL: souk itself or the buyer',
    provider_ref  VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'the provider''s number of the refund',
    failure       VARCHAR(190) NULL COMMENT 'why it failed',
    due_at        DATETIME(3) NULL COMMENT 'UTC; when the worker asks the provider next; NULL: it has ended',
    tries         INT NOT NULL DEFAULT 0 COMMENT 'how often the worker has asked',
    statement_day DATE NULL COMMENT 'the provider''s statement in which it stands',
    created_at    DATETIME(3) NOT NULL COMMENT 'UTC',
    ended_at      DATETIME(3) NULL COMMENT 'UTC; when it became SUCCEEDED or FAILED',
    version       BIGINT NOT NULL DEFAULT 1 COMMENT 'raised by every change',
    PRIMARY KEY (refund_id),
    KEY refund_order (order_id), -- refunds of an order
    KEY refund_payment (payment_id), -- refunds of a capture
    KEY refund_due (due_at), -- what the worker has to do
    KEY refund_ended (channel, ended_at), -- refunds of a day that a statement should hold
    KEY refund_slot (slot), -- moving a slot to another shard
    CONSTRAINT refund_amount CHECK (amount > 0),
    CONSTRAINT refund_states CHECK (state IN ('REQUESTED', 'SUBMITTED', 'SUCCEEDED', 'FAILED'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci COMMENT = 'refunds';

-- What a person has to look at: money that does not fit and calls that do not end. Each thing once.
CREATE TABLE payment_case (
    case_id    BIGINT NOT NULL COMMENT 'id in the slot of what it is about',
    slot       TINYINT UNSIGNED GENERATED ALWAYS AS (case_id & 255) STORED COMMENT 'the account''s slot',
    kind       VARCHAR(24) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'wrong_amount, unknown_payment, payment_stuck, refund_stuck, refund_failed, order_stuck, or a class of reconciliation',
    reference  VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'what it is about: one case for each kind and reference',
    channel    VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'payment channel',
    order_id   BIGINT NULL COMMENT 'the order, where one is known',
    payment_id BIGINT NULL COMMENT 'the attempt, where one is known',
    refund_id  BIGINT NULL COMMENT 'the refund, where there is one',
    data       JSON NOT NULL COMMENT 'what was said and what was expected',
    state      VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'open, closed',
    note       VARCHAR(500) NULL COMMENT 'how it was settled',
    closed_by  BIGINT NULL COMMENT 'account of the staff; NULL: it settled itself',
    created_at DATETIME(3) NOT NULL COMMENT 'UTC',
    closed_at  DATETIME(3) NULL COMMENT 'UTC',
    version    BIGINT NOT NULL DEFAULT 1 COMMENT 'raised by every change',
    PRIMARY KEY (case_id),
    UNIQUE KEY payment_case_about (kind, reference), -- the same thing is put down once
    KEY payment_case_state (state, case_id), -- the list of what is open, newest first
    KEY payment_case_order (order_id), -- cases of an order
    KEY payment_case_payment (payment_id), -- cases of an attempt, which end with it
    KEY payment_case_slot (slot), -- moving a slot to another shard
    CONSTRAINT payment_case_states CHECK (state IN ('open', 'closed'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci COMMENT = 'what a person has to look at';

-- Append-only for everyone, the schema's owner too: what is booked is corrected by another entry.
CREATE TRIGGER ledger_entry_stays BEFORE UPDATE ON ledger_entry FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'internal: the ledger is append-only';
CREATE TRIGGER ledger_entry_is_kept BEFORE DELETE ON ledger_entry FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'internal: the ledger is append-only';
