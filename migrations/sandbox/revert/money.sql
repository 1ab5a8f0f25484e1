-- Revert souk_sandbox:money from mysql
DROP TABLE fault;
DROP TABLE refund;
ALTER TABLE payment DROP KEY payment_decided, DROP COLUMN notify_url, DROP COLUMN fee, DROP COLUMN taken;
