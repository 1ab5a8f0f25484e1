-- stock_send_home: sends units that no order holds to the SKU's home shard, where the last ones are kept together.
--
-- Parameters
--   in_transfer_id  BIGINT        new id of the transfer
--   in_to           BIGINT        number of the home shard
--   in_sku_id       BIGINT        the SKU
--   in_pool         VARCHAR(16)   as in stock
--   in_qty          BIGINT        units wanted there; fewer go when fewer are free
--   in_few          BIGINT        when fewer than these would stay, all go
-- Returns  one row: status INT, body JSON
--   200 {"lent": n, "in_flight": m} as stock_lend; n = 0 with "in_flight" > 0 also when units have just been brought here
-- Errors   none of its own
-- Locks    stock, stock_transfer (by id), stock_movement
-- Example  CALL stock_send_home(171798691840, 1, 42, 'main', 3, 8);
--
-- Units that came from another shard within the last 300 ms stay: somebody fetched them for an order that is being placed.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_send_home(
    in_transfer_id BIGINT, in_to BIGINT, in_sku_id BIGINT, in_pool VARCHAR(16), in_qty BIGINT, in_few BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'the last units go home'
BEGIN
    DECLARE v_free, v_young BIGINT DEFAULT 0;
    DECLARE v_body LONGTEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT on_hand - reserved INTO v_free
      FROM stock
     WHERE sku_id = in_sku_id AND pool = in_pool AND on_hand > reserved
       FOR UPDATE;
    IF v_free > 0 AND NOT EXISTS (SELECT 1 FROM stock_transfer WHERE transfer_id = in_transfer_id) THEN
        SELECT COALESCE(SUM(qty), 0) INTO v_young
          FROM stock_transfer
         WHERE sku_id = in_sku_id AND pool = in_pool AND direction = 'in' AND state = 'received' AND peer >= 0
           AND created_at > UTC_TIMESTAMP(3) - INTERVAL 300000 MICROSECOND;
        IF v_young = 0 THEN
            CALL stock_leave(in_transfer_id, in_to, in_sku_id, in_pool, IF(v_free - in_qty < in_few, v_free, in_qty));
        END IF;
    END IF;
    SET v_body = stock_lent(in_transfer_id, in_sku_id, in_pool);
    COMMIT;

    SELECT 200 AS status, IF(v_young > 0, JSON_SET(v_body, '$.in_flight', v_young), v_body) AS body;
END
