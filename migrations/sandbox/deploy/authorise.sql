-- Deploy souk_sandbox:authorise to mysql
-- requires: money

-- A buyer may have agreed before the merchant takes the money. Who declines says why.
ALTER TABLE payment
    ADD COLUMN decline_code VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'why it was declined',
    MODIFY COLUMN state VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'authorised (the merchant may take it); captured, declined, closed',
    MODIFY COLUMN event_id VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'id of the fact that it is in this state, the same however often it is told',
    MODIFY COLUMN decided_at DATETIME(3) NOT NULL COMMENT 'when it reached this state, which is final unless authorised';
