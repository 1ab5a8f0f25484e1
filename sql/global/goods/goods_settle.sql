-- goods_settle: the shard has the units: the transfer of goods is over.
--
-- Parameters
--   in_transfer_id  BIGINT   the transfer; its receipt by the shard is known
-- Returns  one row: status INT, body JSON
--   200 {"settled": 1}, or 0 when it was over before
-- Errors   none of its own
-- Locks    goods_transfer (by id)
-- Example  CALL goods_settle(1025);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE goods_settle(in_transfer_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a transfer of goods is over'
BEGIN
    DECLARE v_settled BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE goods_transfer
       SET state = 'settled', settled_at = UTC_TIMESTAMP(3)
     WHERE transfer_id = in_transfer_id AND state = 'in_flight';
    SET v_settled = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('settled', v_settled + 0) AS body;
END
