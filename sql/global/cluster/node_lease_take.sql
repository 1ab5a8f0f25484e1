-- node_lease_take: leases a free (datacentre, node) pair for making ids.
--
-- A pair is free once the end of its last lease has passed. Of the free pairs one is chosen that the caller may use at
-- once, the longest unused first; the caller stamps no id before not_before_ms and none at or after expires_ms.
--
-- Parameters
--   in_owner      VARCHAR(64)   a name unique to the process
--   in_seconds    BIGINT        length of the lease, 1 … 3600
--   in_floor_ms   BIGINT        the caller's clock, Unix ms: a lease ends in_seconds after the later of both clocks
-- Returns  one row: status INT, body JSON
--   200 {"datacentre": 0, "node": 7, "not_before_ms": …, "expires_ms": …, "server_ms": …}
-- Errors   30003 request.invalid: … · 30011 unavailable: all 992 id nodes are leased
-- Locks    node_lease (one row, exclusive; rows that others hold are skipped: in index order, since sorting would lock them
--          all and leave nothing to those who ask at the same moment)
-- Example  CALL node_lease_take('app-1:4711:9f86d081', 30, 1795248000000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE node_lease_take(
    in_owner    VARCHAR(64),
    in_seconds  BIGINT,
    in_floor_ms BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'leases a node for making ids'
BEGIN
    DECLARE v_now_ms BIGINT DEFAULT FLOOR(UNIX_TIMESTAMP(NOW(3)) * 1000);
    DECLARE v_expires_ms BIGINT DEFAULT GREATEST(v_now_ms, in_floor_ms) + in_seconds * 1000;
    DECLARE v_datacentre, v_node, v_not_before_ms BIGINT;

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF COALESCE(in_owner, '') = '' OR in_seconds IS NULL OR in_seconds NOT BETWEEN 1 AND 3600 OR in_floor_ms IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: owner, seconds or floor_ms';
    END IF;
    IF in_floor_ms > v_now_ms + 3600000 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003,
            MESSAGE_TEXT = 'request.invalid: the clock of this machine is more than an hour ahead of the database';
    END IF;

    START TRANSACTION;
    SELECT datacentre, node, expires_ms INTO v_datacentre, v_node, v_not_before_ms
    FROM node_lease FORCE INDEX (node_lease_expires)
    WHERE expires_ms <= v_now_ms
    ORDER BY expires_ms, datacentre, node
    LIMIT 1
    FOR UPDATE SKIP LOCKED;
    IF v_node IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30011, MESSAGE_TEXT = 'unavailable: all 992 id nodes are leased';
    END IF;
    UPDATE node_lease SET owner = in_owner, expires_ms = v_expires_ms, high_ms = v_not_before_ms
    WHERE datacentre = v_datacentre AND node = v_node;
    COMMIT;

    SELECT 200 AS status,
           JSON_OBJECT('datacentre', v_datacentre + 0, 'node', v_node + 0, 'not_before_ms', v_not_before_ms + 0,
                       'expires_ms', v_expires_ms + 0, 'server_ms', v_now_ms + 0) AS body;
END
