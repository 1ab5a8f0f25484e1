-- flash_return: an order that will not be paid was a flash sale's: its account may have the units again.
--
-- Parameters
--   in_order_id     BIGINT    the order; it is leaving the states that hold units
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   none
-- Locks    flash_order, flash_use
-- Example  CALL flash_return(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_return(in_order_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'an order of a flash sale has ended'
BEGIN
    UPDATE flash_order SET ended_at = UTC_TIMESTAMP(3) WHERE order_id = in_order_id AND ended_at IS NULL;
    IF ROW_COUNT() = 1 THEN
        UPDATE flash_order o
          JOIN flash_use u ON u.account_id = o.account_id AND u.sale_id = o.sale_id
           SET u.used = u.used - o.qty
         WHERE o.order_id = in_order_id;
    END IF;
END
