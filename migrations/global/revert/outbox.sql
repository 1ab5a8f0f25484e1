-- Revert souk_global:outbox from mysql

DROP TABLE relay_stream;
DROP TABLE inbox;
DROP TABLE outbox;
