-- broadcast_page: what the shards have still to be told, oldest first: for the worker.
--
-- Parameters
--   in_limit         BIGINT       items at most
--   in_skip          BIGINT       so many of the oldest are left out: this pass could not do them
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"routine", "aggregate_id", "version", "rows", "age_s"}]}
-- Errors   none
-- Locks    none
-- Example  CALL broadcast_page(20, 0);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE broadcast_page(in_limit BIGINT, in_skip BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'what the shards have still to be told'
SELECT 200 AS status,
       CONCAT('{"items":[', COALESCE(GROUP_CONCAT(JSON_OBJECT(
           'routine', b.routine, 'aggregate_id', CAST(b.aggregate_id AS CHAR), 'version', b.version,
           'rows', JSON_EXTRACT(b.rows_json, '$'),
           'age_s', TIMESTAMPDIFF(SECOND, b.created_at, UTC_TIMESTAMP(3))) ORDER BY b.created_at), ''), ']}') AS body
  FROM (SELECT routine, aggregate_id, version, rows_json, created_at FROM broadcast ORDER BY created_at LIMIT in_limit OFFSET in_skip) b
