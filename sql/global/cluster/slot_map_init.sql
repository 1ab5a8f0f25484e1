-- slot_map_init: spreads the 256 slots over the shards, once; a repetition changes nothing.
--
-- Parameters
--   in_shards   BIGINT   number of shards, 1 … 64
-- Returns  one row: status INT, body JSON
--   200 {"shards": 2}
-- Errors   30003 request.invalid: shards · 30014 conflict: the slots are spread over <n> shards
-- Locks    slot_map (exclusive)
-- Example  CALL slot_map_init(2);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE slot_map_init(in_shards BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'spreads the slots over the shards, once'
BEGIN
    DECLARE v_shards BIGINT;
    DECLARE v_message VARCHAR(128);

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF in_shards IS NULL OR in_shards NOT BETWEEN 1 AND 64 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: shards';
    END IF;

    START TRANSACTION;
    INSERT IGNORE INTO slot_map (slot, shard) SELECT slot, slot MOD in_shards FROM id_segment;
    SELECT COUNT(DISTINCT shard) INTO v_shards FROM slot_map;
    IF v_shards <> in_shards THEN
        SET v_message = CONCAT('conflict: the slots are spread over ', v_shards, ' shards');
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30014, MESSAGE_TEXT = v_message;
    END IF;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('shards', v_shards + 0) AS body;
END
