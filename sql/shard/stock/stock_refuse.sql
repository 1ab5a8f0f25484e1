-- stock_refuse: puts a tombstone where a transfer would arrive, so that it can be taken back at its other end.
--
-- Parameters
--   in_transfer_id  BIGINT        the transfer
--   in_from         BIGINT        number of the shard that lent the units
--   in_sku_id       BIGINT        the SKU
--   in_pool         VARCHAR(16)   main
-- Returns  one row: status INT, body JSON
--   200 {"state": "refused" | "received"}; only "refused" may be followed by stock_return at the other end
-- Errors   none of its own
-- Locks    stock_transfer (by id)
-- Example  CALL stock_refuse(171798691840, 1, 42, 'main');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE stock_refuse(
    in_transfer_id BIGINT, in_from BIGINT, in_sku_id BIGINT, in_pool VARCHAR(16)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a transfer will never arrive here'
BEGIN
    DECLARE v_first TINYINT;
    DECLARE v_state VARCHAR(16);
    DECLARE v_qty BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL stock_transfer_claim(in_transfer_id, 'in', in_from, in_sku_id, in_pool, 0, 'refused', NULL,
                              v_first, v_state, v_qty);
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('state', v_state) AS body;
END
