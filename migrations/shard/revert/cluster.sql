-- Revert souk_shard:cluster from mysql

DROP TABLE routine_loaded;
DROP TABLE slot_owner;
