-- Verify souk_shard:cluster on mysql

SELECT slot, since FROM slot_owner WHERE FALSE;
SELECT name, kind, checksum, loaded_at FROM routine_loaded WHERE FALSE;
