-- Verify souk_global:cluster on mysql

SELECT slot, shard, version, changed_at FROM slot_map WHERE FALSE;
SELECT name, kind, checksum, loaded_at FROM routine_loaded WHERE FALSE;
SELECT owner, expires_ms, high_ms FROM node_lease WHERE FALSE;
SELECT slot, next_number FROM id_segment WHERE FALSE;
-- A scalar subquery of several rows is an error: all pairs and slots must be there.
SELECT 1 FROM slot_map WHERE slot = (SELECT n FROM (SELECT 1 AS n UNION ALL SELECT 2) AS wrong WHERE (SELECT COUNT(*) FROM node_lease) <> 992);
SELECT 1 FROM slot_map WHERE slot = (SELECT n FROM (SELECT 1 AS n UNION ALL SELECT 2) AS wrong WHERE (SELECT COUNT(*) FROM id_segment) <> 256);
