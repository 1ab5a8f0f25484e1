-- stock_return: takes lent units back after the other shard put a tombstone in their way.
--
-- Parameters
--   in_transfer_id  BIGINT   the transfer; stock_refuse answered "refused" at the other end
-- Returns  one row: status INT, body JSON
--   200 {"returned": n}; a repetition answers 0 and changes nothing
-- Errors   none of its own
-- Locks    stock_transfer (by id), stock, stock_movement
-- Example  CALL stock_return(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_return(in_transfer_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'lent units come back'
BEGIN
    DECLARE v_returned BIGINT DEFAULT 0;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE stock_transfer
       SET state = 'returned', ended_at = UTC_TIMESTAMP(3)
     WHERE transfer_id = in_transfer_id AND direction = 'out' AND state = 'in_flight';
    IF ROW_COUNT() = 1 THEN
        UPDATE stock_transfer t
          JOIN stock s ON s.sku_id = t.sku_id AND s.pool = t.pool
           SET s.on_hand = s.on_hand + t.qty
         WHERE t.transfer_id = in_transfer_id;
        INSERT INTO stock_movement (sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at)
        SELECT sku_id, pool, transfer_id, 'return', qty, 0, ended_at
          FROM stock_transfer
         WHERE transfer_id = in_transfer_id;
        SELECT qty INTO v_returned FROM stock_transfer WHERE transfer_id = in_transfer_id;
    END IF;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('returned', v_returned + 0) AS body;
END
