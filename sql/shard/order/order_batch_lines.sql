-- order_batch_lines: writes the lines of the open requests into b_line with the prices of this instant, and their sums.
--
-- Parameters  none: reads @order_requests
-- Returns  nothing: called by order_place inside its transaction. Refused in b_request: 30501 order.empty, 30003
--          request.invalid, 30502 order.sku_unavailable, 30505 order.mixed_currency, 305xx as cart_take_lines says, 309xx as flash_batch_lines says
-- Errors   none
-- Locks    cart; sku (shared, until the transaction ends: a price that is being changed is waited for); as flash_batch_lines
-- Example  CALL order_batch_lines();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_batch_lines()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'lines of a batch of orders'
BEGIN
    DECLARE v_twice, v_refused TINYINT DEFAULT 0;

    -- carts are locked before SKUs, as by who changes a cart
    IF @order_carts_n > 0 THEN
        CALL cart_take_lines();
    END IF;
    INSERT INTO b_line (n, line, sku_id, pool, product_id, qty, unit_price, currency, weight_grams, tax_class, total)
    SELECT j.n, j.line, j.sku_id, 'main', s.product_id, j.qty, s.price, s.currency, s.weight_grams, s.tax_class,
           IF(s.price > 9007199254740991 DIV j.qty, NULL, s.price * j.qty)
      FROM (SELECT * FROM JSON_TABLE(@order_requests, '$[*]' COLUMNS (
               n INT PATH '$.n',
               NESTED PATH '$.items[*]' COLUMNS (line FOR ORDINALITY, sku_id BIGINT PATH '$.sku_id',
                                                 qty BIGINT PATH '$.qty'))) t) j
      JOIN b_request r ON r.n = j.n AND r.error IS NULL AND r.status IS NULL
      LEFT JOIN sku s ON s.sku_id = j.sku_id AND s.state = 'active'
     WHERE j.line IS NOT NULL
      LOCK IN SHARE MODE;
    IF @order_flash THEN
        CALL flash_batch_lines();
    END IF;

    IF EXISTS (SELECT 1 FROM b_line WHERE line = 2) THEN
        SELECT COUNT(DISTINCT n, sku_id) < COUNT(*) INTO v_twice FROM b_line;
    END IF;
    IF v_twice THEN
        UPDATE b_request r
          JOIN (SELECT n FROM b_line GROUP BY n HAVING COUNT(DISTINCT sku_id) < COUNT(*)) l ON l.n = r.n
           SET r.error = 30003;
    END IF;
    UPDATE b_request r
      LEFT JOIN (SELECT n, COUNT(*) AS lines_n, COUNT(product_id) AS sold_n, MIN(currency) AS currency,
                        MAX(currency) AS other, COUNT(total) AS totals_n, SUM(total) AS total,
                        SUM(weight_grams * qty) AS grams
                   FROM b_line GROUP BY n) l ON l.n = r.n
       SET r.items_n = COALESCE(l.lines_n, 0), r.currency = l.currency, r.items_total = COALESCE(l.total, 0),
           r.total = COALESCE(l.total, 0), r.grams = COALESCE(l.grams, 0),
           r.error = CASE WHEN l.n IS NULL THEN 30501 WHEN l.sold_n < l.lines_n THEN 30502 WHEN l.currency <> l.other THEN 30505
                          WHEN l.totals_n < l.lines_n OR l.total > 9007199254740991 THEN 30003 END,
           r.detail = IF(l.sold_n = l.lines_n AND l.currency = l.other
                         AND (l.totals_n < l.lines_n OR l.total > 9007199254740991), 'items: the total is too large', '')
     WHERE r.error IS NULL AND r.status IS NULL;

    SELECT COUNT(error) > 0 INTO v_refused FROM b_request;
    IF v_refused THEN
        CALL order_batch_lines_explain();
    END IF;
END
