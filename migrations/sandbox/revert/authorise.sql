-- Revert souk_sandbox:authorise from mysql
ALTER TABLE payment
    DROP COLUMN decline_code,
    MODIFY COLUMN state VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'captured, declined, closed',
    MODIFY COLUMN event_id VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'id of the fact captured or declined, the same however often it is told',
    MODIFY COLUMN decided_at DATETIME(3) NOT NULL COMMENT 'when it reached this state, which is final';
