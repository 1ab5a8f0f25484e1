-- cart_select_lines: the ticks of one turn of a batch.
--
-- Parameters
--   in_requests     LONGTEXT   JSON as cart_select takes it
--   in_turn         INT        the turn (cart_batch_open)
-- Returns  nothing: called by cart_select. Refused in c_request: 30524 cart.line_unknown: <sku_id>
-- Errors   none
-- Locks    cart_item
-- Example  CALL cart_select_lines('[{"n": 0, "account_id": "640", "sku_ids": ["42"], …}]', 1);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_select_lines(in_requests LONGTEXT, in_turn INT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'ticks of a batch'
BEGIN
    UPDATE c_request r
      JOIN (SELECT j.n, MIN(IF(i.sku_id IS NULL, j.sku_id, NULL)) AS unknown
              FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (
                       n INT PATH '$.n', account_id BIGINT PATH '$.account_id',
                       NESTED PATH '$.sku_ids[*]' COLUMNS (sku_id BIGINT PATH '$'))) j
              LEFT JOIN cart_item i ON i.account_id = j.account_id AND i.sku_id = j.sku_id
             GROUP BY j.n) m ON m.n = r.n
       SET r.error = 30524, r.detail = m.unknown
     WHERE r.turn = in_turn AND r.error IS NULL AND m.unknown IS NOT NULL;
    UPDATE c_request r
      JOIN (SELECT j.n, MAX(i.ticked <> j.ticked) AS differs
              FROM JSON_TABLE(in_requests, '$[*]' COLUMNS (
                       n INT PATH '$.n', account_id BIGINT PATH '$.account_id', ticked TINYINT PATH '$.ticked',
                       NESTED PATH '$.sku_ids[*]' COLUMNS (sku_id BIGINT PATH '$'))) j
              JOIN cart_item i ON i.account_id = j.account_id AND (j.sku_id IS NULL OR i.sku_id = j.sku_id)
             GROUP BY j.n) m ON m.n = r.n
       SET r.changed = m.differs
     WHERE r.turn = in_turn AND r.error IS NULL;
    UPDATE JSON_TABLE(in_requests, '$[*]' COLUMNS (
               n INT PATH '$.n', NESTED PATH '$.sku_ids[*]' COLUMNS (sku_id BIGINT PATH '$'))) j
           STRAIGHT_JOIN c_request r ON r.n = j.n
           STRAIGHT_JOIN cart_item i ON i.account_id = r.account_id AND (j.sku_id IS NULL OR i.sku_id = j.sku_id)
       SET i.ticked = r.ticked
     WHERE r.turn = in_turn AND r.error IS NULL AND r.changed = 1;
END
