-- stock_correct: adds units that were found or takes away units that are not there, once for each correction.
--
-- Parameters
--   in_correction_id BIGINT         the correction; a transfer from or to outside
--   in_sku_id        BIGINT         the SKU
--   in_pool          VARCHAR(16)    as in stock
--   in_qty           BIGINT         units, signed, not 0
--   in_reference     VARCHAR(190)   what people call it; NULL: none
-- Returns  one row: status INT, body JSON
--   200 {"state": "done" | "refused", "free": n}; refused: fewer are free than were to go; a tombstone stays, so that this
--   correction can never happen. A repetition answers the same state and changes nothing.
-- Errors   30003 request.invalid: qty
-- Locks    stock_transfer (by id), stock, stock_movement, outbox
-- Example  CALL stock_correct(171798691840, 42, 'main', -3, 'broken');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_correct(
    in_correction_id BIGINT, in_sku_id BIGINT, in_pool VARCHAR(16), in_qty BIGINT, in_reference VARCHAR(190)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'units counted again'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_first, v_held TINYINT DEFAULT 1;
    DECLARE v_state VARCHAR(16);
    DECLARE v_qty BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF COALESCE(in_qty, 0) = 0 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: qty';
    END IF;

    START TRANSACTION;
    CALL stock_transfer_claim(in_correction_id, IF(in_qty > 0, 'in', 'out'), -1, in_sku_id, in_pool, ABS(in_qty),
                              IF(in_qty > 0, 'received', 'settled'), in_reference, v_first, v_state, v_qty);
    IF v_first THEN
        IF in_qty > 0 THEN
            INSERT INTO stock (sku_id, pool, on_hand) VALUES (in_sku_id, in_pool, in_qty)
            ON DUPLICATE KEY UPDATE on_hand = stock.on_hand + in_qty;
        ELSE
            UPDATE stock
               SET on_hand = on_hand + in_qty
             WHERE sku_id = in_sku_id AND pool = in_pool AND on_hand - reserved >= -in_qty;
            SET v_held = ROW_COUNT();
        END IF;
        IF v_held THEN
            INSERT INTO stock_movement (sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at)
            VALUES (in_sku_id, in_pool, in_correction_id, 'correct', in_qty, 0, v_now);
            CALL stock_tell(in_sku_id, in_pool);
        ELSE
            UPDATE stock_transfer SET state = 'refused', qty = 0 WHERE transfer_id = in_correction_id;
            SET v_state = 'refused';
        END IF;
    END IF;
    SELECT COALESCE(MAX(on_hand - reserved), 0) INTO v_qty FROM stock WHERE sku_id = in_sku_id AND pool = in_pool;
    COMMIT;

    SELECT 200 AS status,
           JSON_OBJECT('state', IF(v_state = 'refused', 'refused', 'done'), 'free', v_qty + 0) AS body;
END
