-- Revert souk_shard:events from mysql

DROP TABLE inbox;
DROP TABLE outbox;
DROP TABLE idempotency;
