-- broadcast_pending: what the shards have still to be told, oldest first: for the worker.
--
-- Parameters
--   in_limit         BIGINT       items at most
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"routine", "aggregate_id", "version", "rows", "age_s"}]}
-- Errors   none
-- Locks    none
-- Example  CALL broadcast_pending(20);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE broadcast_pending(in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'what the shards have still to be told'
SELECT 200 AS status,
       CONCAT('{"items":[', COALESCE(GROUP_CONCAT(JSON_OBJECT(
           'routine', b.routine, 'aggregate_id', CAST(b.aggregate_id AS CHAR), 'version', b.version,
           'rows', JSON_EXTRACT(b.rows_json, '$'),
           'age_s', TIMESTAMPDIFF(SECOND, b.created_at, UTC_TIMESTAMP(3))) ORDER BY b.created_at), ''), ']}') AS body
  FROM (SELECT routine, aggregate_id, version, rows_json, created_at FROM broadcast ORDER BY created_at LIMIT in_limit) b
