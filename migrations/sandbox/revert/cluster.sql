-- Revert souk_sandbox:cluster from mysql

DROP TABLE routine_loaded;
