-- Revert souk_global:broadcast from mysql

DROP TABLE idempotency;
DROP TABLE broadcast;
