-- order_batch_close: ends a batch: lines that were ordered from carts leave them, and keys of refused requests are taken back.
--
-- Parameters  none: reads and writes b_request
-- Returns  nothing: called by order_place at the end of its transaction
-- Errors   none
-- Locks    cart_item (of carts held already), idempotency (keys claimed in this transaction)
-- Example  CALL order_batch_close();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_batch_close()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'answers of a batch of orders'
BEGIN
    IF @order_carts_n > 0 THEN
        CALL cart_drop_lines();
    END IF;
    IF @order_short THEN
        CALL order_batch_unclaim();
    END IF;
END
