-- Revert souk_global:reconciliation_closing from mysql
ALTER TABLE reconciliation_difference
    DROP KEY reconciliation_difference_state,
    DROP COLUMN note,
    DROP COLUMN closed_by,
    DROP COLUMN closed_at;
