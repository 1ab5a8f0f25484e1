-- Revert souk_shard:payment_said from mysql
ALTER TABLE payment DROP COLUMN decline_code, DROP COLUMN taken_ref, DROP COLUMN taken;
