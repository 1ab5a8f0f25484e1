-- stock_lent: what a transfer took from here and what else of the SKU is under way, as JSON.
--
-- Parameters
--   in_transfer_id  BIGINT        the transfer; need not exist
--   in_sku_id       BIGINT        its SKU
--   in_pool         VARCHAR(16)   as in stock
-- Returns  JSON {"lent": n, "in_flight": m}; n: units of the transfer, 0 when there is none; m: those of others that left
--          here and are not known to have arrived
-- Errors   none
-- Locks    none
-- Example  SELECT stock_lent(171798691840, 42, 'main');
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION stock_lent(
    in_transfer_id BIGINT, in_sku_id BIGINT, in_pool VARCHAR(16)
) RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'units of a transfer and of the others under way'
BEGIN
    DECLARE v_lent, v_in_flight BIGINT;

    SELECT COALESCE(SUM(qty), 0) INTO v_lent FROM stock_transfer WHERE transfer_id = in_transfer_id;
    SELECT COALESCE(SUM(qty), 0) INTO v_in_flight
      FROM stock_transfer
     WHERE sku_id = in_sku_id AND pool = in_pool AND direction = 'out' AND state = 'in_flight'
       AND transfer_id <> in_transfer_id;
    RETURN JSON_OBJECT('lent', v_lent + 0, 'in_flight', v_in_flight + 0);
END
