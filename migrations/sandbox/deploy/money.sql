-- Deploy souk_sandbox:money to mysql
-- requires: provider

ALTER TABLE payment
    ADD COLUMN taken      BIGINT NULL COMMENT 'minor units that were taken; what a test wants to be wrong is another amount',
    ADD COLUMN fee        BIGINT NOT NULL DEFAULT 0 COMMENT 'minor units that the provider keeps of it',
    ADD COLUMN notify_url VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'where its refunds are told',
    ADD KEY payment_decided (decided_at, payment_id); -- statements, in the order of time
UPDATE payment SET taken = amount WHERE state = 'captured';

-- Refunds, under the merchant's number. How one will end is decided when it is asked for; until ends_at it is pending.
CREATE TABLE refund (
    merchant     VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'whose refund',
    refund_id    BIGINT       NOT NULL COMMENT 'the merchant''s number of the refund',
    payment_id   BIGINT       NOT NULL COMMENT 'the payment it is of',
    amount       BIGINT       NOT NULL COMMENT 'minor units',
    currency     CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'ISO 4217',
    state        VARCHAR(14) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'refunded or refund_failed, from ends_at on',
    reason       VARCHAR(60)  NULL COMMENT 'why it fails',
    event_id     VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'id of the fact that it ended',
    provider_ref VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'our number of the refund',
    created_at   DATETIME(3)  NOT NULL COMMENT 'when it was asked for',
    ends_at      DATETIME(3)  NOT NULL COMMENT 'when it ends',
    PRIMARY KEY (merchant, refund_id),
    UNIQUE KEY refund_provider_ref (provider_ref), -- a refund has one number
    KEY refund_payment (merchant, payment_id), -- no more goes back than was taken
    KEY refund_ends (ends_at, refund_id) -- statements, in the order of time
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci COMMENT = 'refunds';

-- Switches of faults, for tests.
CREATE TABLE fault (
    payment_id BIGINT      NOT NULL COMMENT 'whose; 0: everybody''s who has no own',
    name       VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'what goes wrong',
    value      BIGINT      NOT NULL COMMENT 'how often, how long or by how much; 0: not',
    PRIMARY KEY (payment_id, name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci COMMENT = 'what goes wrong';
