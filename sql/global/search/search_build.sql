-- search_build: moves a rebuild of the search server's index on: begun, so far, or whole.
--
-- Parameters
--   in_building  BIGINT  epoch that is being built; 0: none any more
--   in_built_to  BIGINT  products up to this id are in it
--   in_epoch     BIGINT  epoch of the whole index; NULL: as before
-- Returns  one row: status INT, body JSON
--   200 {"epoch": n, "building": n}
-- Errors   none of its own
-- Locks    search_index
-- Example  CALL search_build(2, 0, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE search_build(
    in_building BIGINT, in_built_to BIGINT, in_epoch BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'moves a rebuild on'
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE search_index
       SET wanted = IF(in_building <> 0 AND in_built_to = 0, 0, wanted), built_to = in_built_to,
           epoch = COALESCE(in_epoch, epoch), building = in_building
     WHERE one = 1;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('epoch', epoch, 'building', building) AS body FROM search_index WHERE one = 1;
END
