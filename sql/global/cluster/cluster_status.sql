-- cluster_status: the slot map and the id leases in figures, for `souk admin status`.
--
-- Parameters  none
-- Returns  one row: status INT, body JSON
--   200 {"slots": 256, "shards": 2, "slot_map_version": 1, "leases_held": 5, "leases_free": 987}
-- Errors   none
-- Locks    none
-- Example  CALL cluster_status();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cluster_status()
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'slot map and id leases in figures'
BEGIN
    DECLARE v_now_ms BIGINT DEFAULT FLOOR(UNIX_TIMESTAMP(NOW(3)) * 1000);

    SELECT 200 AS status,
           JSON_OBJECT(
               'slots', (SELECT COUNT(*) FROM slot_map),
               'shards', (SELECT COUNT(DISTINCT shard) FROM slot_map),
               'slot_map_version', (SELECT COALESCE(MAX(version), 0) FROM slot_map),
               'leases_held', (SELECT COUNT(*) FROM node_lease WHERE expires_ms > v_now_ms),
               'leases_free', (SELECT COUNT(*) FROM node_lease WHERE expires_ms <= v_now_ms)) AS body;
END
