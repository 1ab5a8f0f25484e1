-- flash_give_back: orders that will not be paid were a flash sale's: their accounts may have the units again.
--
-- Parameters
--   in_order_ids    LONGTEXT  JSON array of the orders, each once; they are leaving the states that hold units
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    flash_order, flash_use (by account and sale)
-- Example  CALL flash_give_back('[171798691840]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_give_back(in_order_ids LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'orders of flash sales have ended'
IF EXISTS (SELECT 1 FROM JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
                  STRAIGHT_JOIN flash_order f ON f.order_id = i.order_id AND f.ended_at IS NULL) THEN
    -- The limit keeps the order of the derived table, in which the rows are locked.
    UPDATE (SELECT f.account_id, f.sale_id, SUM(f.qty) AS qty
              FROM JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
                   STRAIGHT_JOIN flash_order f ON f.order_id = i.order_id AND f.ended_at IS NULL
             GROUP BY f.account_id, f.sale_id ORDER BY f.account_id, f.sale_id LIMIT 1000000) w
           STRAIGHT_JOIN flash_use u ON u.account_id = w.account_id AND u.sale_id = w.sale_id
       SET u.used = u.used - w.qty;
    UPDATE JSON_TABLE(in_order_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
           STRAIGHT_JOIN flash_order f ON f.order_id = i.order_id
       SET f.ended_at = UTC_TIMESTAMP(3)
     WHERE f.ended_at IS NULL;
END IF
