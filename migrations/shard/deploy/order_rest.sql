-- Deploy souk_shard:order_rest to mysql
-- requires: shipping returns

-- Units of an order that will never be shipped, though others were.
ALTER TABLE order_item
    ADD COLUMN cancelled BIGINT NOT NULL DEFAULT 0 COMMENT 'units of qty that were never shipped and were given back when the rest of the order was cancelled';

ALTER TABLE refund
    MODIFY COLUMN cause VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'staff, cancel, return, rest (units never shipped), amount (a wrong one); by itself: late (the order was closed), second (it was paid), excess';

-- A buyer may take a return back until it has come in.
ALTER TABLE order_return DROP CONSTRAINT order_return_states;
ALTER TABLE order_return ADD CONSTRAINT order_return_states CHECK (state IN (
    'REQUESTED', 'APPROVED', 'RECEIVED', 'REFUNDED', 'REPLACED', 'REJECTED', 'WITHDRAWN'));
