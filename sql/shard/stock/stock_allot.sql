-- stock_allot: units of a SKU go from one pool of this shard into another.
--
-- Parameters
--   in_sku_id       BIGINT        the SKU; its rows of both pools are locked, or held by nobody else
--   in_from         VARCHAR(16)   the pool that gives
--   in_to           VARCHAR(16)   the pool that gets
--   in_qty          BIGINT        units, from 1
--   in_move_id      BIGINT        new id of the move
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30001 internal, when so many are not free
-- Locks    stock (by sku_id, pool), stock_movement
-- Example  CALL stock_allot(42, 'main', 'f12', 100, 171798691841);
--
-- Both movements bear the id of the move and the reason "allot": together they are nothing.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_allot(
    in_sku_id BIGINT, in_from VARCHAR(16), in_to VARCHAR(16), in_qty BIGINT, in_move_id BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'units change their pool'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);

    UPDATE stock
       SET on_hand = on_hand - in_qty
     WHERE sku_id = in_sku_id AND pool = in_from AND on_hand - reserved >= in_qty;
    IF ROW_COUNT() <> 1 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'internal: the units to be moved are not free';
    END IF;
    INSERT INTO stock (sku_id, pool, on_hand) VALUES (in_sku_id, in_to, in_qty)
    ON DUPLICATE KEY UPDATE on_hand = stock.on_hand + in_qty;
    INSERT INTO stock_movement (sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at)
    VALUES (in_sku_id, in_from, in_move_id, 'allot', -in_qty, 0, v_now),
           (in_sku_id, in_to, in_move_id, 'allot', in_qty, 0, v_now);
    CALL stock_tell(in_sku_id, 'main');
END
