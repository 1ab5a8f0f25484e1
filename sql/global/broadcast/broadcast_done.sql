-- broadcast_done: every shard has taken this version; what waited for that happens.
--
-- Parameters
--   in_routine       VARCHAR(64)  routine of the shards
--   in_aggregate_id  BIGINT       what the rows belong to
--   in_version       BIGINT       the version that is everywhere now; a newer one goes on waiting
-- Returns  one row: status INT, body JSON
--   200 {"done": true|false}; false: a newer version waits, or it was done already
-- Errors   none
-- Locks    the row of broadcast, then the product
-- Example  CALL broadcast_done('sku_apply', 42, 7);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE broadcast_done(
    in_routine VARCHAR(64), in_aggregate_id BIGINT, in_version BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'every shard has this version'
BEGIN
    DECLARE v_done INT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    DELETE FROM broadcast WHERE routine = in_routine AND aggregate_id = in_aggregate_id AND version = in_version;
    SET v_done = ROW_COUNT();
    IF v_done = 1 AND in_routine = 'sku_apply' THEN
        CALL product_followed(in_aggregate_id);
    END IF;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('done', JSON_EXTRACT(IF(v_done = 1, 'true', 'false'), '$')) AS body;
END
