-- node_lease_renew: moves the end of a lease that is still its owner's further away. A lease never gets shorter by it.
--
-- Parameters
--   in_datacentre, in_node   BIGINT        the pair
--   in_owner                 VARCHAR(64)   as in node_lease_take
--   in_seconds               BIGINT        length of the lease from now, 1 … 3600
--   in_high_ms               BIGINT        the owner's high-water: the later of its clock and the newest id's stamp, Unix ms
-- Returns  one row: status INT, body JSON
--   200 {"expires_ms": …, "server_ms": …}
-- Errors   30003 request.invalid: … · 30014 conflict: the lease has a new owner
-- Locks    node_lease (one row, exclusive)
-- Example  CALL node_lease_renew(0, 7, 'app-1:4711:9f86d081', 30, 1795248010000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE node_lease_renew(
    in_datacentre BIGINT,
    in_node       BIGINT,
    in_owner      VARCHAR(64),
    in_seconds    BIGINT,
    in_high_ms    BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'extends the lease of a node'
BEGIN
    DECLARE v_now_ms BIGINT DEFAULT FLOOR(UNIX_TIMESTAMP(NOW(3)) * 1000);
    DECLARE v_expires_ms BIGINT;

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF in_seconds IS NULL OR in_seconds NOT BETWEEN 1 AND 3600 OR in_high_ms IS NULL OR in_high_ms > v_now_ms + 3600000 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: seconds or high_ms';
    END IF;

    START TRANSACTION;
    UPDATE node_lease
    SET expires_ms = GREATEST(expires_ms, GREATEST(v_now_ms, in_high_ms) + in_seconds * 1000),
        high_ms = GREATEST(high_ms, in_high_ms)
    WHERE datacentre = in_datacentre AND node = in_node AND owner = in_owner;
    SELECT expires_ms INTO v_expires_ms FROM node_lease
    WHERE datacentre = in_datacentre AND node = in_node AND owner = in_owner;
    IF v_expires_ms IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30014, MESSAGE_TEXT = 'conflict: the lease has a new owner';
    END IF;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('expires_ms', v_expires_ms + 0, 'server_ms', v_now_ms + 0) AS body;
END
