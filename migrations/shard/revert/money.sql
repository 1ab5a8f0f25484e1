-- Revert souk_shard:money from mysql
DROP TRIGGER ledger_entry_is_kept;
DROP TRIGGER ledger_entry_stays;
DROP TABLE payment_case;
DROP TABLE refund;
ALTER TABLE payment DROP KEY payment_captured, DROP KEY payment_due, DROP COLUMN statement_day, DROP COLUMN tries, DROP COLUMN due_at,
    DROP COLUMN code_url, DROP COLUMN pay_url, DROP COLUMN handle, DROP COLUMN captured;
ALTER TABLE orders DROP CONSTRAINT orders_states;
ALTER TABLE orders ADD CONSTRAINT orders_states CHECK (state IN ('PENDING_PAYMENT', 'CLOSING', 'CLOSED', 'PAID'));
