-- Revert souk_shard:shipping from mysql
DROP TABLE shipment_item;
DROP TABLE shipment;
ALTER TABLE stock DROP COLUMN shipped;
ALTER TABLE account DROP KEY account_email;
ALTER TABLE orders
    DROP CONSTRAINT orders_states;
ALTER TABLE orders
    ADD CONSTRAINT orders_states CHECK (state IN ('PENDING_PAYMENT', 'CLOSING', 'CLOSED', 'PAID')),
    MODIFY COLUMN due_at DATETIME(3) NULL COMMENT 'UTC; when the closer looks at it next',
    DROP KEY orders_email,
    DROP KEY orders_staff,
    DROP COLUMN completed_at,
    DROP COLUMN delivered_at,
    DROP COLUMN shipped_at,
    DROP COLUMN held_at;
