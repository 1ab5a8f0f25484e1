-- stock_receive: takes units that come from outside or from another shard into stock, once for each transfer.
--
-- Parameters
--   in_transfer_id  BIGINT         the transfer; the same one at both ends
--   in_from         BIGINT         number of the shard that lent them; -1: from outside
--   in_sku_id       BIGINT         the SKU
--   in_pool         VARCHAR(16)    main
--   in_qty          BIGINT         units, from 1
--   in_reference    VARCHAR(190)   what the merchant called the receipt; NULL: none
-- Returns  one row: status INT, body JSON
--   200 {"received": n}; a repetition answers the same and changes nothing
-- Errors   30403 stock.transfer_refused, when a tombstone stands here: nothing came and nothing ever will
-- Locks    stock_transfer (by id), stock, stock_movement, outbox
-- Example  CALL stock_receive(171798691840, -1, 42, 'main', 10, 'delivery-7');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_receive(
    in_transfer_id BIGINT, in_from BIGINT, in_sku_id BIGINT, in_pool VARCHAR(16), in_qty BIGINT,
    in_reference VARCHAR(190)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'units come in'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_first TINYINT DEFAULT 1;
    DECLARE v_state VARCHAR(16);
    DECLARE v_qty BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF COALESCE(in_qty, 0) < 1 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: qty';
    END IF;

    START TRANSACTION;
    CALL stock_transfer_claim(in_transfer_id, 'in', in_from, in_sku_id, in_pool, in_qty, 'received', in_reference,
                              v_first, v_state, v_qty);
    IF v_state <> 'received' THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30403, MESSAGE_TEXT = 'stock.transfer_refused';
    ELSEIF v_first THEN
        INSERT INTO stock (sku_id, pool, on_hand) VALUES (in_sku_id, in_pool, in_qty)
        ON DUPLICATE KEY UPDATE on_hand = stock.on_hand + in_qty;
        INSERT INTO stock_movement (sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at)
        VALUES (in_sku_id, in_pool, in_transfer_id, 'receive', in_qty, 0, v_now);
        -- the first units after none
        IF in_from = -1 AND EXISTS (SELECT 1 FROM stock
                                     WHERE sku_id = in_sku_id AND pool = in_pool AND on_hand - reserved <= in_qty) THEN
            CALL stock_tell(in_sku_id, in_pool);
        END IF;
    END IF;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('received', v_qty + 0) AS body;
END
