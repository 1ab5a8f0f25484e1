-- flash_batch_lines: gives the lines of a batch of orders of flash sales their sales' prices and pools, or refuses them.
--
-- Parameters  none: reads @order_requests, writes b_sale, b_line and b_request
-- Returns  nothing: called by order_batch_lines. Refused in b_request: 30902 flash.over, 30905 flash.epoch, 30904 flash.limit,
--          30003 request.invalid. Put off: 30014 conflict
-- Errors   none
-- Locks    flash_use (by account and sale), flash_sale (shared, until the transaction ends: a new epoch waits)
-- Example  CALL flash_batch_lines();
--
-- An account's units are counted with those that the requests before it in the batch want, but for those of another epoch and
-- of orders that stand already: the worker sends a request again until its outcome is known, and their units are in flash_use.
-- Who goes beyond the limit only with those is put off until they are decided.
-- A request without an epoch is a quote (flash_quote): it wants none.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_batch_lines()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'lines of orders of flash sales'
BEGIN
    DECLARE v_standing LONGTEXT;

    INSERT INTO flash_use (account_id, sale_id, used)
    SELECT DISTINCT r.account_id, j.sale_id, 0
      FROM JSON_TABLE(@order_requests, '$[*]' COLUMNS (n INT PATH '$.n', sale_id BIGINT PATH '$.sale_id', epoch BIGINT PATH '$.epoch')) j
      JOIN b_request r ON r.n = j.n AND r.error IS NULL AND r.status IS NULL
     WHERE j.epoch IS NOT NULL
     ORDER BY r.account_id, j.sale_id
        ON DUPLICATE KEY UPDATE used = flash_use.used;
    -- Whoever else ordered for these accounts has ended, so its orders are seen.
    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(o.order_id), ''), ']') INTO v_standing
      FROM b_request r
      JOIN flash_order o ON o.order_id = r.order_id;

    DELETE FROM b_sale;
    INSERT INTO b_sale (n, sale_id, account_id, order_id, qty, wanted, key_hash, sku_id, pool, price, per_account, error)
    SELECT j.n, j.sale_id, r.account_id, r.order_id, COALESCE(l.qty, 0),
           SUM(IF(f.state = 'open' AND f.epoch = j.epoch AND o.order_id IS NULL, COALESCE(l.qty, 0), 0))
               OVER (PARTITION BY r.account_id, j.sale_id ORDER BY j.n ROWS UNBOUNDED PRECEDING),
           COALESCE(UNHEX(j.key_hash), ''), f.sku_id, f.pool, f.price, f.per_account,
           CASE WHEN f.state IS NULL OR f.state <> 'open' THEN 30902
                WHEN f.epoch <> j.epoch THEN 30905
                WHEN l.sku_id IS NULL OR l.sku_id <> f.sku_id OR l.line <> 1 OR j.lines_n <> 1 THEN 30003 END
      FROM (SELECT t.n, MAX(t.sale_id) AS sale_id, MAX(t.epoch) AS epoch, MAX(t.key_hash) AS key_hash, COUNT(t.line) AS lines_n
              FROM JSON_TABLE(@order_requests, '$[*]' COLUMNS (
                   n INT PATH '$.n', sale_id BIGINT PATH '$.sale_id', epoch BIGINT PATH '$.epoch',
                   key_hash CHAR(32) PATH '$.key_hash',
                   NESTED PATH '$.items[*]' COLUMNS (line FOR ORDINALITY, sku_id BIGINT PATH '$.sku_id'))) t
             GROUP BY t.n) j
      JOIN b_request r ON r.n = j.n AND r.error IS NULL AND r.status IS NULL
      LEFT JOIN b_line l ON l.n = j.n AND l.line = 1
      LEFT JOIN flash_sale f ON f.sale_id = j.sale_id
      LEFT JOIN (SELECT * FROM JSON_TABLE(v_standing, '$[*]' COLUMNS (order_id BIGINT PATH '$')) t) o ON o.order_id = r.order_id
      LOCK IN SHARE MODE;
    UPDATE b_sale s
           STRAIGHT_JOIN flash_use u ON u.account_id = s.account_id AND u.sale_id = s.sale_id
       SET s.error = IF(u.used + s.qty > s.per_account, 30904, 30014)
     WHERE s.error IS NULL AND s.wanted > 0 AND u.used + s.wanted > s.per_account;

    UPDATE b_request r JOIN b_sale s ON s.n = r.n AND s.error IS NOT NULL SET r.error = s.error;
    UPDATE b_line l
      JOIN b_sale s ON s.n = l.n AND s.error IS NULL
       SET l.pool = s.pool, l.unit_price = s.price,
           l.total = IF(s.price > 9007199254740991 DIV l.qty, NULL, s.price * l.qty);
END
