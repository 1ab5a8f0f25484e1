-- goods_receive: records goods that came in from outside and which shard gets how many of them, once for each reference; a
-- batch of receipts, of which each succeeds or fails alone. All that succeed are one transaction.
--
-- Parameters
--   in_requests     LONGTEXT   JSON array in order of arrival, of
--     {"n": place in the batch from 0, "receipt_id": new id, "reference": the merchant's number of the delivery, "sku_id",
--      "qty": units, from 1, "parts": [{"transfer_id", "shard", "qty"}], whose sum is qty}; ids as text
-- Returns  one row for each request: n, status INT, body JSON, error INT, detail
--   201 the receipt as goods_get gives it; for a repetition the first one
--   error not NULL: this receipt was refused and nothing of it is written, for
--     30004 not_found · 30003 request.invalid: parts · 30402 stock.reference_used
-- Errors   1213, 1205: nothing is written, and the batch may be divided
-- Locks    goods_receipt (by reference), goods_transfer
-- Example  CALL goods_receive('[{"n": 0, "receipt_id": "1024", "reference": "delivery-7", "sku_id": "42", "qty": 10,
--                                "parts": [{"transfer_id": "1025", "shard": 0, "qty": 10}]}]');
--
-- The reference is written first: a repetition of the call waits for this one and answers with its receipts.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE goods_receive(in_requests LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'goods come in from outside'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    CALL goods_batch_open();
    START TRANSACTION;
    INSERT INTO g_request (n, receipt_id, reference, sku_id, qty, error, detail)
    SELECT j.n, j.receipt_id, j.reference, j.sku_id, j.qty,
           CASE WHEN s.sku_id IS NULL THEN 30004 WHEN NOT j.qty <=> SUM(j.part) OR j.qty < 1 THEN 30003 END,
           CASE WHEN s.sku_id IS NULL THEN 'there is no such SKU' WHEN NOT j.qty <=> SUM(j.part) OR j.qty < 1 THEN 'parts' ELSE '' END
      FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (
               n INT PATH '$.n', receipt_id BIGINT PATH '$.receipt_id', reference VARCHAR(190) PATH '$.reference',
               sku_id BIGINT PATH '$.sku_id', qty BIGINT PATH '$.qty',
               NESTED PATH '$.parts[*]' COLUMNS (part BIGINT PATH '$.qty'))) j
      LEFT JOIN sku s ON s.sku_id = j.sku_id
     GROUP BY j.n, j.receipt_id, j.reference, j.sku_id, j.qty, s.sku_id;

    INSERT INTO goods_receipt (receipt_id, reference, sku_id, qty, created_at)
    SELECT g.receipt_id, g.reference, g.sku_id, g.qty, v_now
      FROM g_request g
     WHERE g.error IS NULL
     ORDER BY g.reference, g.n
        ON DUPLICATE KEY UPDATE reference = goods_receipt.reference;
    UPDATE g_request g
           STRAIGHT_JOIN goods_receipt r ON r.reference = g.reference
       SET g.stands_id = r.receipt_id,
           g.error = IF(r.sku_id = g.sku_id AND r.qty = g.qty, NULL, 30402)
     WHERE g.error IS NULL;

    -- The same call sent again after a lost connection has the same ids.
    INSERT INTO goods_transfer (transfer_id, receipt_id, shard, sku_id, pool, qty, state, created_at)
    SELECT j.transfer_id, g.receipt_id, j.shard, g.sku_id, 'main', j.qty, 'in_flight', v_now
      FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (
               n INT PATH '$.n', NESTED PATH '$.parts[*]' COLUMNS (
                   transfer_id BIGINT PATH '$.transfer_id', shard INT PATH '$.shard', qty BIGINT PATH '$.qty'))) j
      JOIN g_request g ON g.n = j.n AND g.error IS NULL AND g.stands_id = g.receipt_id
        ON DUPLICATE KEY UPDATE state = goods_transfer.state;
    COMMIT;

    SELECT n, IF(error IS NULL, 201, NULL) AS status, IF(error IS NULL, goods_json(stands_id), NULL) AS body, error, detail
      FROM g_request
     ORDER BY n;
END
