-- broadcast_add: notes rows that every shard must take, in the transaction of the change that made them.
--
-- Parameters
--   in_routine       VARCHAR(64)  routine of the shards that takes them: one parameter, a JSON array
--   in_aggregate_id  BIGINT       what they belong to
--   in_version       BIGINT       of the rows; an older one that still waits is replaced
--   in_rows          LONGTEXT     JSON array, each row with its version
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    the row of broadcast
-- Example  CALL broadcast_add('sku_apply', 42, 7, '[{"sku_id": 42, "version": 7, …}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE broadcast_add(
    in_routine VARCHAR(64), in_aggregate_id BIGINT, in_version BIGINT, in_rows LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'notes rows that every shard must take'
BEGIN
    INSERT INTO broadcast (routine, aggregate_id, version, rows_json, created_at)
    VALUES (in_routine, in_aggregate_id, in_version, in_rows, UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE -- assigned from left to right: version last
        rows_json = IF(in_version > broadcast.version, in_rows, broadcast.rows_json),
        created_at = IF(in_version > broadcast.version, UTC_TIMESTAMP(3), broadcast.created_at),
        version = GREATEST(in_version, broadcast.version);
END
