-- goods_json: a receipt of goods and where its units are.
--
-- Parameters
--   in_receipt_id   BIGINT   the receipt
-- Returns  JSON {"receipt_id", "reference", "sku_id", "qty", "in_flight", "created_at",
--               "transfers": [{"transfer_id", "shard", "qty", "state"}]}; NULL when there is none
-- Errors   none
-- Locks    none
-- Example  SELECT goods_json(1024);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION goods_json(in_receipt_id BIGINT) RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a receipt of goods as JSON'
BEGIN
    RETURN (SELECT JSON_OBJECT(
                       'receipt_id', CAST(r.receipt_id AS CHAR), 'reference', r.reference,
                       'sku_id', CAST(r.sku_id AS CHAR), 'qty', r.qty,
                       'in_flight', CAST(SUM(IF(t.state = 'in_flight', t.qty, 0)) AS SIGNED),
                       'created_at', rfc3339(r.created_at),
                       'transfers', JSON_EXTRACT(CONCAT('[', GROUP_CONCAT(JSON_OBJECT(
                           'transfer_id', CAST(t.transfer_id AS CHAR), 'shard', t.shard, 'qty', t.qty, 'state', t.state)
                           ORDER BY t.transfer_id), ']'), '$'))
              FROM goods_receipt r
              JOIN goods_transfer t ON t.receipt_id = r.receipt_id
             WHERE r.receipt_id = in_receipt_id
             GROUP BY r.receipt_id, r.reference, r.sku_id, r.qty, r.created_at);
END
