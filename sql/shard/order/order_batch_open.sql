-- order_batch_open: empties the tables of a batch of orders and of its prices, and makes them when this session has none of
-- this shape yet.
--
-- Parameters  none
-- Returns  nothing: called by order_place and order_price_answer before their transaction, never by the application
-- Errors   none
-- Locks    none: the tables are the session's own
-- Example  CALL order_batch_open();
--
-- @order_requests  the requests, JSON as order_place takes it. A variable of the session, because the server writes the value
--                  of a parameter into the text of each statement that names it, each time it runs.
-- b_request   a request of the batch. It is open while error and status are NULL: only open ones go on to the next step.
-- b_line      a line of an open request, with the price of this instant; product_id NULL: not for sale
-- b_stock     a SKU the batch wants: what is free here, and what the open requests want of it
-- b_rival     a line competing for units that are not enough for all (order_batch_compete)
-- b_refused   a key that was claimed for an order that got no units (order_batch_unclaim)
-- b_cart      a cart that is ordered from, and by which request (cart_take_lines)
-- b_sale      a request of a flash sale (flash_batch_lines)
-- b_coupon    a code that a request names; promotion_id NULL: unknown
-- b_rule      a promotion that a request meets: whether it applies, or why not
-- Those of prices that are filled only when there is something in them: b_key (what a line can be found by), b_hit (the
-- lines a promotion is for), b_allot (what a promotion takes off a line), b_ship (ways to ship a request, with prices).
-- @order_flash  1: the batch is of flash sales, which the first member of its first request says. No batch has both kinds.
--
-- MEMORY: nothing is logged or locked for them. A statement opens each of them once, for MySQL cannot do more. Being
-- outside transactions, they are emptied here, never trusted to hold nothing. A session keeps its tables until this file
-- is loaded anew with another shape.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_batch_open()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'empty tables for a batch of orders'
BEGIN
    DECLARE v_shape VARCHAR(140) DEFAULT CONCAT_WS(' ', 'made',
        (SELECT checksum FROM routine_loaded WHERE name = 'order_batch_make' AND kind = 'PROCEDURE'),
        (SELECT checksum FROM routine_loaded WHERE name = 'price_batch_make' AND kind = 'PROCEDURE'));

    SET @order_flash = LEFT(@order_requests, 17) = '[{"n":0,"sale_id"';
    IF @order_batch_shape = v_shape THEN
        DELETE FROM b_request;
        DELETE FROM b_line;
        DELETE FROM b_stock;
        DELETE FROM b_coupon;
        DELETE FROM b_rule;
        DELETE FROM b_ship;
    ELSE
        CALL order_batch_make();
        CALL price_batch_make();
        SET @order_batch_shape = v_shape;
    END IF;
END
