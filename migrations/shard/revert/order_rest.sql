-- Revert souk_shard:order_rest from mysql
ALTER TABLE order_return DROP CONSTRAINT order_return_states;
ALTER TABLE order_return ADD CONSTRAINT order_return_states CHECK (state IN (
    'REQUESTED', 'APPROVED', 'RECEIVED', 'REFUNDED', 'REPLACED', 'REJECTED'));
ALTER TABLE order_item DROP COLUMN cancelled;
