-- stock_settle: the other shard has the units: the transfer is over at the shard that lent them.
--
-- Parameters
--   in_transfer_id  BIGINT   the transfer; its receipt is known
-- Returns  one row: status INT, body JSON
--   200 {"settled": 1}, or 0 when it was over before
-- Errors   none of its own
-- Locks    stock_transfer (by id)
-- Example  CALL stock_settle(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_settle(in_transfer_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a transfer is over'
BEGIN
    DECLARE v_settled BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE stock_transfer
       SET state = 'settled', ended_at = UTC_TIMESTAMP(3)
     WHERE transfer_id = in_transfer_id AND direction = 'out' AND state = 'in_flight';
    SET v_settled = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('settled', v_settled + 0) AS body;
END
