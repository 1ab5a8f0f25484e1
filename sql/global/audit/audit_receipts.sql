-- audit_receipts: are the goods of every receipt on their way to the shards, no more and no fewer?
--
-- Parameters
--   in_after        BIGINT   receipt_id after which to begin; 0: at the start
--   in_limit        BIGINT   receipts to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": receipt_id or null at the end, "violations": [{"rule": "receipt", "key", …}]}, at most 100 of them
--   receipt: the transfers of a receipt do not come to what came of a SKU
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_receipts(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_receipts(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'receipts of goods and their transfers'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    SELECT COALESCE(MAX(c.id), in_after), COUNT(*) INTO v_to, v_n
      FROM (SELECT receipt_id AS id FROM goods_receipt WHERE receipt_id > in_after ORDER BY receipt_id LIMIT in_limit) c;
    IF v_n < in_limit THEN
        SET v_to = 9223372036854775807;
    END IF;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', 'receipt', 'key', CONCAT(b.receipt_id, ' ', b.sku_id), 'receipt_id', CAST(b.receipt_id AS CHAR),
                                    'sku_id', CAST(b.sku_id AS CHAR), 'came', CAST(b.came AS SIGNED), 'sent', CAST(b.sent AS SIGNED)))
      INTO v_items
      FROM (SELECT u.receipt_id, u.sku_id, SUM(u.came) AS came, SUM(u.sent) AS sent
              FROM (SELECT receipt_id, sku_id, qty AS came, 0 AS sent
                      FROM goods_receipt
                     WHERE receipt_id > in_after AND receipt_id <= v_to
                     UNION ALL
                    SELECT receipt_id, sku_id, 0, qty
                      FROM goods_transfer
                     WHERE receipt_id > in_after AND receipt_id <= v_to) u
             GROUP BY u.receipt_id, u.sku_id
            HAVING came <> sent
             LIMIT 100) b;

    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
