-- Revert souk_shard:payment from mysql

DROP TABLE ledger_entry;
DROP TABLE payment_callback;
DROP TABLE payment;
