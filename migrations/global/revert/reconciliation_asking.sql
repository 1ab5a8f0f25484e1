-- Revert souk_global:reconciliation_asking from mysql
DELETE FROM reconciliation WHERE started_at IS NULL;
ALTER TABLE reconciliation
    MODIFY started_at DATETIME(3) NOT NULL COMMENT 'UTC; of the last run',
    DROP COLUMN asked_at;
