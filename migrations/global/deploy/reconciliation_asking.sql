-- Deploy souk_global:reconciliation_asking to mysql
-- requires: reconciliation_closing

-- A day that staff wants compared, for the first time or again.
ALTER TABLE reconciliation
    MODIFY started_at DATETIME(3) NULL COMMENT 'UTC; of the last run; NULL: asked for, not begun yet',
    ADD COLUMN asked_at DATETIME(3) NULL COMMENT 'UTC; when staff asked for it; NULL: nobody did since it last ended';
