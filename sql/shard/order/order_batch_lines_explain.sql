-- order_batch_lines_explain: says which line keeps a request from becoming an order.
--
-- Parameters  none
-- Returns  nothing: called by order_batch_lines; fills b_request.detail
-- Errors   none
-- Locks    none
-- Example  CALL order_batch_lines_explain();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_batch_lines_explain()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'which line cannot be ordered'
BEGIN
    UPDATE b_request r
      JOIN (SELECT n, line, sku_id,
                   ROW_NUMBER() OVER (PARTITION BY n ORDER BY nth = 1, line) AS rank_n
              FROM (SELECT n, line, sku_id, product_id,
                           ROW_NUMBER() OVER (PARTITION BY n, sku_id ORDER BY line) AS nth
                      FROM b_line) d
             WHERE nth > 1 OR product_id IS NULL) l ON l.n = r.n AND l.rank_n = 1
       SET r.detail = IF(r.error = 30502, l.sku_id,
                         CONCAT('items[', l.line - 1, '].sku_id: this SKU is in the order already'))
     WHERE r.error IN (30003, 30502) AND r.detail = '';
END
