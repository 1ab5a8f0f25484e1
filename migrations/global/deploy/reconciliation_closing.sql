-- Deploy souk_global:reconciliation_closing to mysql
-- requires: reconciliation

-- A difference that a person has settled, and how.
ALTER TABLE reconciliation_difference
    ADD COLUMN note VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL COMMENT 'how it was settled, as staff says it',
    ADD COLUMN closed_by BIGINT NULL COMMENT 'account of the staff; NULL: open, or settled by itself',
    ADD COLUMN closed_at DATETIME(3) NULL COMMENT 'UTC; NULL: open, or closed before this was kept',
    ADD KEY reconciliation_difference_state (state, found_at); -- what waits for a person, and for how long
