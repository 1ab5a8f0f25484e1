-- flash_allot: moves units of the SKU from the pool main into the pool of an open sale, until it has all it is to sell.
--
-- Parameters
--   in_sale_id      BIGINT   the sale; this is its home shard
--   in_move_id      BIGINT   new id of the move
-- Returns  one row: status INT, body JSON
--   200 {"moved": n, "allotted": units that the sale has had so far, "missing": units that are not free here in main}
--   One that is not open, or has all, moves nothing.
-- Errors   30004 not_found · 30015 slot.moved
-- Locks    slot_owner, flash_sale, stock (by sku_id, pool), stock_movement
-- Example  CALL flash_allot(171798691840, 171798691841);
--
-- The count stands in one row and is locked first: however often and by whomever it is called, never more units come in
-- than are to be sold.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_allot(in_sale_id BIGINT, in_move_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'units come into a sale'
BEGIN
    DECLARE v_sku_id, v_wanted, v_free, v_allotted BIGINT;
    DECLARE v_pool VARCHAR(16);
    DECLARE v_moved BIGINT DEFAULT 0;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_sale_id);
    SELECT sku_id, pool, allotted, IF(state = 'open', units - allotted, 0) INTO v_sku_id, v_pool, v_allotted, v_wanted
      FROM flash_sale
     WHERE sale_id = in_sale_id
       FOR UPDATE;
    IF v_sku_id IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    IF v_wanted > 0 THEN
        INSERT INTO stock (sku_id, pool, on_hand) VALUES (v_sku_id, v_pool, 0)
        ON DUPLICATE KEY UPDATE on_hand = stock.on_hand;
        SELECT on_hand - reserved INTO v_free FROM stock WHERE sku_id = v_sku_id AND pool = 'main' FOR UPDATE;
        SET v_moved = LEAST(v_wanted, COALESCE(v_free, 0));
    END IF;
    IF v_moved > 0 THEN
        CALL stock_allot(v_sku_id, 'main', v_pool, v_moved, in_move_id);
        UPDATE flash_sale SET allotted = allotted + v_moved WHERE sale_id = in_sale_id;
    END IF;
    COMMIT;

    SELECT 200 AS status,
           JSON_OBJECT('moved', v_moved + 0, 'allotted', v_allotted + v_moved,
                       'missing', GREATEST(v_wanted - v_moved, 0)) AS body;
END
