-- goods_receive: records goods that came in from outside and which shard gets how many of them, once for each reference.
--
-- Parameters
--   in_receipt_id   BIGINT         new id of the receipt
--   in_reference    VARCHAR(190)   the merchant's number of the delivery
--   in_sku_id       BIGINT         the SKU
--   in_qty          BIGINT         units, from 1
--   in_parts        LONGTEXT       JSON [{"transfer_id": "…", "shard": n, "qty": n}, …]; the sum is in_qty
-- Returns  one row: status INT, body JSON
--   201 the receipt as goods_get gives it; for a repetition the first one
-- Errors   30004 not_found · 30003 request.invalid: parts · 30402 stock.reference_used
-- Locks    goods_receipt (by reference), goods_transfer
-- Example  CALL goods_receive(1024, 'delivery-7', 42, 10, '[{"transfer_id": "1025", "shard": 0, "qty": 10}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE goods_receive(
    in_receipt_id BIGINT, in_reference VARCHAR(190), in_sku_id BIGINT, in_qty BIGINT, in_parts LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'goods come in from outside'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_receipt_id, v_sku_id, v_qty, v_parts BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF NOT EXISTS (SELECT 1 FROM sku WHERE sku_id = in_sku_id) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such SKU';
    END IF;
    SELECT SUM(qty) INTO v_parts FROM JSON_TABLE(in_parts, '$[*]' COLUMNS (qty BIGINT PATH '$.qty')) p;
    IF in_qty < 1 OR v_parts IS NULL OR v_parts <> in_qty THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: parts';
    END IF;

    START TRANSACTION;
    INSERT INTO goods_receipt (receipt_id, reference, sku_id, qty, created_at)
    VALUES (in_receipt_id, in_reference, in_sku_id, in_qty, v_now)
    ON DUPLICATE KEY UPDATE reference = goods_receipt.reference;
    SELECT receipt_id, sku_id, qty INTO v_receipt_id, v_sku_id, v_qty
      FROM goods_receipt
     WHERE reference = in_reference;
    IF v_sku_id <> in_sku_id OR v_qty <> in_qty THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30402, MESSAGE_TEXT = 'stock.reference_used';
    ELSEIF v_receipt_id = in_receipt_id THEN
        INSERT INTO goods_transfer (transfer_id, receipt_id, shard, sku_id, pool, qty, state, created_at)
        SELECT p.transfer_id, in_receipt_id, p.shard, in_sku_id, 'main', p.qty, 'in_flight', v_now
          FROM JSON_TABLE(in_parts, '$[*]' COLUMNS (transfer_id BIGINT PATH '$.transfer_id', shard INT PATH '$.shard',
                                                    qty BIGINT PATH '$.qty')) p;
    END IF;
    COMMIT;

    SELECT 201 AS status, goods_json(v_receipt_id) AS body;
END
