-- flash_batch_take: writes down which orders of a batch are a flash sale's, and counts their units for their accounts.
--
-- Parameters  none: reads b_sale and b_request
-- Returns  nothing: called by order_place once the orders are written
-- Errors   none
-- Locks    flash_use (held since flash_batch_lines), new rows of flash_order
-- Example  CALL flash_batch_take();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_batch_take()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'orders of flash sales are written down'
BEGIN
    INSERT INTO flash_order (order_id, sale_id, account_id, qty, key_hash, body_hash)
    SELECT r.order_id, s.sale_id, r.account_id, s.qty, s.key_hash, r.body_hash
      FROM b_request r
           STRAIGHT_JOIN b_sale s ON s.n = r.n
     WHERE r.error IS NULL AND r.status IS NULL;
    UPDATE (SELECT r.account_id, s.sale_id, SUM(s.qty) AS qty
              FROM b_request r
              JOIN b_sale s ON s.n = r.n
             WHERE r.error IS NULL AND r.status IS NULL
             GROUP BY r.account_id, s.sale_id) w
           STRAIGHT_JOIN flash_use u ON u.account_id = w.account_id AND u.sale_id = w.sale_id
       SET u.used = u.used + w.qty;
END
