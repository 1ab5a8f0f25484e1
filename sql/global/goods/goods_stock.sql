-- goods_stock: what came from outside of a SKU, and what of it is still on its way to a shard.
--
-- Parameters
--   in_sku_id       BIGINT   the SKU, or a promotion of which there is a limited number of coupons
-- Returns  one row: status INT, body JSON
--   200 {"received": n, "in_flight": n, "corrected": n, "correcting": n}; received: goods, or coupons that were issued;
--   in_flight: of goods; corrected: sum of the corrections that were done; correcting: how many are not known to be
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL goods_stock(42);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE goods_stock(in_sku_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'units of a SKU that came from outside'
BEGIN
    DECLARE v_received, v_in_flight, v_corrected, v_correcting BIGINT;

    IF NOT EXISTS (SELECT 1 FROM sku WHERE sku_id = in_sku_id)
       AND NOT EXISTS (SELECT 1 FROM promotion WHERE promotion_id = in_sku_id AND total_limit IS NOT NULL) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such SKU';
    END IF;
    SELECT COALESCE(SUM(t.qty), 0) + (SELECT COALESCE(SUM(q.qty), 0) FROM promotion_quota q WHERE q.promotion_id = in_sku_id),
           COALESCE(SUM(IF(t.state = 'in_flight', t.qty, 0)), 0)
      INTO v_received, v_in_flight
      FROM goods_receipt r
      JOIN goods_transfer t ON t.receipt_id = r.receipt_id
     WHERE r.sku_id = in_sku_id;

    SELECT COALESCE(SUM(IF(state = 'done', qty, 0)), 0), COALESCE(SUM(state = 'open'), 0)
      INTO v_corrected, v_correcting
      FROM goods_correction
     WHERE sku_id = in_sku_id;

    SELECT 200 AS status, JSON_OBJECT('received', v_received + 0, 'in_flight', v_in_flight + 0,
                                      'corrected', v_corrected + 0, 'correcting', v_correcting + 0) AS body;
END
