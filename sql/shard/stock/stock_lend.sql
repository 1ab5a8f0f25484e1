-- stock_lend: lets units that no order holds leave for another shard: all that are wanted, or none.
--
-- Parameters
--   in_transfer_id  BIGINT        new id of the transfer
--   in_to           BIGINT        number of the shard that asks
--   in_sku_id       BIGINT        the SKU
--   in_pool         VARCHAR(16)   as in stock
--   in_qty          BIGINT        units wanted, from 1
--   in_spare        BIGINT        so many more at most, as far as they are a quarter of what would stay here
--   in_keep         BIGINT        so many free units must stay here, else none leave
-- Returns  one row: status INT, body JSON
--   200 {"lent": n, "in_flight": m}; m: units of other transfers under way from here. n = 0 leaves no transfer.
--   A repetition with the same id answers the same n.
-- Errors   30003 request.invalid: qty
-- Locks    stock, stock_transfer (by id), stock_movement
-- Example  CALL stock_lend(171798691840, 1, 42, 'main', 3, 30, 0);
--
-- Spare units keep the next orders of a busy shard from asking again; the fewer are left, the fewer go along.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_lend(
    in_transfer_id BIGINT, in_to BIGINT, in_sku_id BIGINT, in_pool VARCHAR(16), in_qty BIGINT, in_spare BIGINT,
    in_keep BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'units leave for another shard'
BEGIN
    DECLARE v_free BIGINT DEFAULT 0;
    DECLARE v_body LONGTEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF COALESCE(in_qty, 0) < 1 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: qty';
    END IF;

    START TRANSACTION;
    SELECT on_hand - reserved INTO v_free
      FROM stock
     WHERE sku_id = in_sku_id AND pool = in_pool AND on_hand - reserved >= in_qty + in_keep
       FOR UPDATE;
    IF v_free > 0 AND NOT EXISTS (SELECT 1 FROM stock_transfer WHERE transfer_id = in_transfer_id) THEN
        CALL stock_leave(in_transfer_id, in_to, in_sku_id, in_pool,
                         in_qty + LEAST(in_spare, (v_free - in_qty - in_keep) DIV 4));
    END IF;
    SET v_body = stock_lent(in_transfer_id, in_sku_id, in_pool);
    COMMIT;

    SELECT 200 AS status, v_body AS body;
END
