-- price_batch_open: empties the tables that pricing a batch of orders needs, or makes them when this session has none of
-- this shape yet.
--
-- Parameters  none
-- Returns  nothing: called by price_batch
-- Errors   none
-- Locks    none: the tables are the session's own
-- Example  CALL price_batch_open();
--
-- b_coupon   a code that a request names; promotion_id NULL: unknown
-- b_rule     a promotion that a request meets: whether it applies, or why not
-- The rest is filled only when there is something in them: b_key (what a line can be found by), b_hit (the lines a
-- promotion is for), b_allot (what a promotion takes off a line), b_ship (ways to ship a request, with prices).
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE price_batch_open()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'empty tables for pricing a batch'
BEGIN
    DECLARE v_shape VARCHAR(64) DEFAULT (SELECT MAX(checksum) FROM routine_loaded WHERE name = 'price_batch_make');

    IF @price_batch_shape = COALESCE(v_shape, 'new') THEN
        DELETE FROM b_coupon;
        DELETE FROM b_rule;
        DELETE FROM b_ship;
    ELSE
        CALL price_batch_make();
        SET @price_batch_shape = COALESCE(v_shape, 'new');
    END IF;
END
