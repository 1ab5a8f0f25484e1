-- slot_map_read: which shard serves which slot.
--
-- Parameters  none
-- Returns  one row: status INT, body JSON
--   200 {"version": 1, "shards": [0, 1, 0, …]}   256 shard numbers, the slot is the position; [] before the first deploy
-- Errors   none
-- Locks    none
-- Example  CALL slot_map_read();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE slot_map_read()
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'which shard serves which slot'
BEGIN
    SELECT 200 AS status,
           CONCAT('{"version": ', COALESCE(MAX(version), 0),
                  ', "shards": [', COALESCE(GROUP_CONCAT(shard ORDER BY slot), ''), ']}') AS body
    FROM slot_map;
END
