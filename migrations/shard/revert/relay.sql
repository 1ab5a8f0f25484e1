-- Revert souk_shard:relay from mysql

DROP TABLE relay_stream;
ALTER TABLE inbox DROP KEY inbox_age;
ALTER TABLE outbox DROP COLUMN waiting_for, DROP COLUMN published_at;
