-- broadcast_get: what of one aggregate the shards have still to be told.
--
-- Parameters
--   in_routine       VARCHAR(64)  routine of the shards
--   in_aggregate_id  BIGINT       what the rows belong to
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"routine", "aggregate_id", "version", "rows"}]}; none when every shard has it
-- Errors   none
-- Locks    none
-- Example  CALL broadcast_get('sku_apply', 42);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE broadcast_get(in_routine VARCHAR(64), in_aggregate_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'what of one aggregate still waits'
SELECT 200 AS status,
       CONCAT('{"items":[', COALESCE(GROUP_CONCAT(JSON_OBJECT(
           'routine', routine, 'aggregate_id', CAST(aggregate_id AS CHAR), 'version', version,
           'rows', JSON_EXTRACT(rows_json, '$'))), ''), ']}') AS body
  FROM broadcast
 WHERE routine = in_routine AND aggregate_id = in_aggregate_id
