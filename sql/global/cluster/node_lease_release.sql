-- node_lease_release: gives a lease back; the pair is free again after the newest id that was made with it.
--
-- Parameters
--   in_datacentre, in_node   BIGINT        the pair
--   in_owner                 VARCHAR(64)   as in node_lease_take
--   in_high_ms               BIGINT        stamp of the newest id, Unix ms; the owner makes none after it
-- Returns  one row: status INT, body JSON
--   200 {"released": 1}   0 when the lease had another owner already
-- Errors   30003 request.invalid: high_ms
-- Locks    node_lease (one row, exclusive)
-- Example  CALL node_lease_release(0, 7, 'app-1:4711:9f86d081', 1795248010000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE node_lease_release(
    in_datacentre BIGINT,
    in_node       BIGINT,
    in_owner      VARCHAR(64),
    in_high_ms    BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'gives the lease of a node back'
BEGIN
    DECLARE v_released BIGINT;

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF in_high_ms IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: high_ms';
    END IF;

    START TRANSACTION;
    UPDATE node_lease
    SET owner = '', expires_ms = LEAST(expires_ms, GREATEST(high_ms, in_high_ms + 1)), high_ms = GREATEST(high_ms, in_high_ms)
    WHERE datacentre = in_datacentre AND node = in_node AND owner = in_owner;
    SET v_released = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('released', v_released + 0) AS body;
END
