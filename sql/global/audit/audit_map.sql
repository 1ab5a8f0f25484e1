-- audit_map: the slot map, for the shards to be compared.
--
-- Parameters
--   in_seconds      BIGINT   not looked at; every routine that is called once takes it
-- Returns  one row: status INT, body JSON
--   200 {"violations": [{"rule": "map", "key", …}], "shards": [0, 1, …]}; map: a slot is missing
-- Errors   none
-- Locks    none
-- Example  CALL audit_map(0);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_map(in_seconds BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'the slot map'
BEGIN
    DECLARE v_map LONGTEXT;
    DECLARE v_n BIGINT;

    SELECT COUNT(*), GROUP_CONCAT(shard ORDER BY slot) INTO v_n, v_map FROM slot_map;
    SELECT 200 AS status,
           CONCAT('{"violations": [',
                  IF(v_n = 256, '', JSON_OBJECT('rule', 'map', 'key', 'slot map', 'slots', v_n + 0)),
                  '], "shards": [', COALESCE(v_map, ''), ']}') AS body;
END
