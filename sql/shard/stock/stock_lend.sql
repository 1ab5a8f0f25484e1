-- stock_lend: lets units that no order holds leave for another shard: as many as are wanted, or as are free.
--
-- Parameters
--   in_transfer_id  BIGINT        new id of the transfer
--   in_to           BIGINT        number of the shard that asks
--   in_sku_id       BIGINT        the SKU
--   in_pool         VARCHAR(16)   main
--   in_qty          BIGINT        units wanted, from 1
-- Returns  one row: status INT, body JSON
--   200 {"lent": n, "in_flight": m}; m: units of other transfers under way from here. n = 0 leaves no transfer.
--   A repetition with the same id answers the same n.
-- Errors   30003 request.invalid: qty
-- Locks    stock, then stock_transfer (by id), stock_movement
-- Example  CALL stock_lend(171798691840, 1, 42, 'main', 3);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_lend(
    in_transfer_id BIGINT, in_to BIGINT, in_sku_id BIGINT, in_pool VARCHAR(16), in_qty BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'units leave for another shard'
BEGIN
    DECLARE v_lent, v_in_flight BIGINT DEFAULT 0;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF COALESCE(in_qty, 0) < 1 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: qty';
    END IF;

    START TRANSACTION;
    INSERT INTO stock_transfer (transfer_id, direction, peer, sku_id, pool, qty, state, created_at)
    SELECT in_transfer_id, 'out', in_to, s.sku_id, s.pool, LEAST(in_qty, s.on_hand - s.reserved), 'in_flight',
           UTC_TIMESTAMP(3)
      FROM stock s
      LEFT JOIN stock_transfer t ON t.transfer_id = in_transfer_id
     WHERE s.sku_id = in_sku_id AND s.pool = in_pool AND s.on_hand > s.reserved AND t.transfer_id IS NULL
       FOR UPDATE;
    IF ROW_COUNT() = 1 THEN
        UPDATE stock_transfer t
          JOIN stock s ON s.sku_id = t.sku_id AND s.pool = t.pool
           SET s.on_hand = s.on_hand - t.qty
         WHERE t.transfer_id = in_transfer_id AND s.on_hand - s.reserved >= t.qty;
        INSERT INTO stock_movement (sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at)
        SELECT sku_id, pool, transfer_id, 'lend', -qty, 0, created_at
          FROM stock_transfer
         WHERE transfer_id = in_transfer_id;
    END IF;

    SELECT COALESCE(SUM(IF(transfer_id = in_transfer_id, qty, 0)), 0),
           COALESCE(SUM(IF(transfer_id <> in_transfer_id AND state = 'in_flight', qty, 0)), 0)
      INTO v_lent, v_in_flight
      FROM stock_transfer
     WHERE transfer_id = in_transfer_id
        OR state = 'in_flight' AND direction = 'out' AND sku_id = in_sku_id AND pool = in_pool;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('lent', v_lent + 0, 'in_flight', v_in_flight + 0) AS body;
END
