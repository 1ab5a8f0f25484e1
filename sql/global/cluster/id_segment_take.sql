-- id_segment_take: hands out a run of ids of one slot in datacentre 31, for a process whose clock has gone back.
--
-- The n-th number of a slot becomes the id (n DIV 512) << 22 | 31 << 17 | (n MOD 512) << 8 | slot. Numbers follow the
-- database's clock where they can, so that ids stay roughly in order of time, and never go back.
--
-- Parameters
--   in_slot    BIGINT   0 … 255
--   in_count   BIGINT   how many, 1 … 65536
-- Returns  one row: status INT, body JSON
--   200 {"first": …, "count": …}
-- Errors   30003 request.invalid: slot or count
-- Locks    id_segment (one row, exclusive)
-- Example  CALL id_segment_take(17, 1024);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE id_segment_take(in_slot BIGINT, in_count BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'hands out a run of ids in datacentre 31'
BEGIN
    DECLARE v_now BIGINT DEFAULT (FLOOR(UNIX_TIMESTAMP(NOW(3)) * 1000) - 1717200000000) * 512;
    DECLARE v_next BIGINT;

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF in_slot IS NULL OR in_slot NOT BETWEEN 0 AND 255 OR in_count IS NULL OR in_count NOT BETWEEN 1 AND 65536 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: slot or count';
    END IF;

    START TRANSACTION;
    UPDATE id_segment SET next_number = GREATEST(next_number, v_now) + in_count WHERE slot = in_slot;
    SELECT next_number INTO v_next FROM id_segment WHERE slot = in_slot;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('first', v_next - in_count, 'count', in_count + 0) AS body;
END
