-- Deploy souk_sandbox:provider to mysql

-- What a payment provider knows: a merchant's number of a payment, what the signed pay page said, and how it ended. A row
-- is made when a person decides on the page, or when the merchant closes a payment nobody has decided on; in that case the
-- columns of the page stay NULL (a tombstone: the page, opened later, says that the payment is closed).
CREATE TABLE payment (
    merchant     VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'whose payment',
    payment_id   BIGINT       NOT NULL COMMENT 'the merchant''s number of the payment',
    order_id     BIGINT       NULL COMMENT 'the merchant''s number of the order',
    amount       BIGINT       NULL COMMENT 'minor units',
    currency     CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'ISO 4217',
    state        VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'captured, declined, closed',
    event_id     VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'id of the fact captured or declined, the same however often it is told',
    provider_ref VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'our number of the transaction',
    decided_at   DATETIME(3)  NOT NULL COMMENT 'when it reached this state, which is final',
    PRIMARY KEY (merchant, payment_id),
    UNIQUE KEY payment_event (event_id), -- a fact has one id
    UNIQUE KEY payment_provider_ref (provider_ref) -- a transaction has one number
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci COMMENT = 'payments that were decided';

-- Callbacks to merchants: stored before anything is sent, sent until the merchant answers 2xx.
CREATE TABLE callback (
    callback_id  BIGINT       NOT NULL AUTO_INCREMENT COMMENT 'in the order they were stored',
    event_id     VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'the fact it tells; two rows where a tester asked for it twice',
    url          VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'the merchant''s notify_url',
    body         TEXT         NOT NULL COMMENT 'JSON, sent and signed as these bytes',
    state        VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'pending' COMMENT 'pending, delivered, given_up',
    due_at       DATETIME(3)  NOT NULL COMMENT 'not sent before this; while being sent: when another may try',
    attempts     INT          NOT NULL DEFAULT 0 COMMENT 'how often it was sent',
    claim        VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'who sent it last',
    last_status  INT          NULL COMMENT 'HTTP status of the last answer, 0: none came',
    created_at   DATETIME(3)  NOT NULL COMMENT 'when it was stored',
    PRIMARY KEY (callback_id),
    KEY callback_due (state, due_at), -- the sender looks for what is due
    KEY callback_claim (claim), -- the sender reads back what it claimed
    KEY callback_event (event_id) -- what was told of a fact
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci COMMENT = 'callbacks to merchants';
