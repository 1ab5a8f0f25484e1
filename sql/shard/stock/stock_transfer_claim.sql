-- stock_transfer_claim: writes this shard's end of a transfer, or hands back the one that stands here already.
--
-- Parameters
--   in_transfer_id … in_reference   the row of stock_transfer
--   out_first       TINYINT       1: it is new
--   out_state       VARCHAR(16)   the state that stands
--   out_qty         BIGINT        the units that stand
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    stock_transfer (by id), until the transaction ends
-- Example  CALL stock_transfer_claim(171798691840, 'in', -1, 42, 'main', 10, 'received', NULL, v_first, v_state, v_qty);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_transfer_claim(
    in_transfer_id BIGINT, in_direction VARCHAR(3), in_peer BIGINT, in_sku_id BIGINT, in_pool VARCHAR(16), in_qty BIGINT,
    in_state VARCHAR(16), in_reference VARCHAR(190),
    OUT out_first TINYINT, OUT out_state VARCHAR(16), OUT out_qty BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'this end of a transfer, once'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE EXIT HANDLER FOR 1062
        SELECT 0, state, qty INTO out_first, out_state, out_qty
          FROM stock_transfer
         WHERE transfer_id = in_transfer_id;

    INSERT INTO stock_transfer (transfer_id, direction, peer, sku_id, pool, qty, state, reference, created_at, ended_at)
    VALUES (in_transfer_id, in_direction, in_peer, in_sku_id, in_pool, in_qty, in_state, in_reference, v_now,
            IF(in_state = 'in_flight', NULL, v_now));
    SET out_first = 1, out_state = in_state, out_qty = in_qty;
END
