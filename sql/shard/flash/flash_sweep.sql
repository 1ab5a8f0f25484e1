-- flash_sweep: gives the units that nobody holds in the pool of a sale that is over back to the pool main.
--
-- Parameters
--   in_move_id      BIGINT   new id of the move
-- Returns  one row: status INT, body JSON
--   200 {"moved": n}; of one sale; 0: there was none
-- Errors   none of its own
-- Locks    flash_sale (by id), stock (by sku_id, pool), stock_movement
-- Example  CALL flash_sweep(171798691841);
--
-- Orders of the sale that are not paid in time give their units back to its pool; those come home with the next call.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_sweep(in_move_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'units of sales that are over come back'
BEGIN
    DECLARE v_sale_id, v_sku_id, v_free BIGINT;
    DECLARE v_pool VARCHAR(16);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    SELECT f.sale_id, f.sku_id, f.pool INTO v_sale_id, v_sku_id, v_pool
      FROM flash_sale f
      JOIN stock s ON s.sku_id = f.sku_id AND s.pool = f.pool
     WHERE f.state IN ('closed', 'cancelled') AND s.on_hand > s.reserved
     LIMIT 1;
    IF v_sale_id IS NOT NULL THEN
        START TRANSACTION;
        SELECT sale_id INTO v_sale_id FROM flash_sale WHERE sale_id = v_sale_id FOR UPDATE;
        SELECT on_hand - reserved INTO v_free FROM stock WHERE sku_id = v_sku_id AND pool = v_pool FOR UPDATE;
        IF v_free > 0 THEN
            CALL stock_allot(v_sku_id, v_pool, 'main', v_free, in_move_id);
        END IF;
        COMMIT;
    END IF;

    SELECT 200 AS status, JSON_OBJECT('moved', COALESCE(v_free, 0) + 0) AS body;
END
