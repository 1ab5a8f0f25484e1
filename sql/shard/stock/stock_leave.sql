-- stock_leave: so many units leave this shard for another one.
--
-- Parameters
--   in_transfer_id  BIGINT        new id of the transfer
--   in_to           BIGINT        number of the shard that gets them
--   in_sku_id       BIGINT        the SKU; its row of stock is locked
--   in_pool         VARCHAR(16)   as in stock
--   in_qty          BIGINT        units, from 1
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30001 internal, when so many are not free
-- Locks    stock, stock_transfer (by id), stock_movement
-- Example  CALL stock_leave(171798691840, 1, 42, 'main', 3);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_leave(
    in_transfer_id BIGINT, in_to BIGINT, in_sku_id BIGINT, in_pool VARCHAR(16), in_qty BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'units leave for another shard'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);

    UPDATE stock
       SET on_hand = on_hand - in_qty
     WHERE sku_id = in_sku_id AND pool = in_pool AND on_hand - reserved >= in_qty;
    IF ROW_COUNT() <> 1 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'internal: the units to be lent are not free';
    END IF;
    INSERT INTO stock_transfer (transfer_id, direction, peer, sku_id, pool, qty, state, created_at)
    VALUES (in_transfer_id, 'out', in_to, in_sku_id, in_pool, in_qty, 'in_flight', v_now);
    INSERT INTO stock_movement (sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at)
    VALUES (in_sku_id, in_pool, in_transfer_id, 'lend', -in_qty, 0, v_now);
END
