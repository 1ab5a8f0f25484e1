-- Revert souk_global:cluster from mysql

DROP TABLE routine_loaded;
DROP TABLE id_segment;
DROP TABLE node_lease;
DROP TABLE slot_map;
