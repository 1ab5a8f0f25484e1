-- Verify souk_sandbox:cluster on mysql

SELECT name, kind, checksum, loaded_at FROM routine_loaded WHERE FALSE;
