-- payment_batch_open: empties the tables of a batch of captures, and makes them when this session has none of this shape yet.
--
-- Parameters  none
-- Returns  nothing: called by payment_capture and order_mark_paid before their transaction, never by the application
-- Errors   none
-- Locks    none: the tables are the session's own
-- Example  CALL payment_batch_open();
--
-- b_event       what a provider says; refused when error is set
-- b_paid_order  an order it concerns, as it is; its row is locked
-- b_take        an event that was not refused, and what comes of it
--
-- MEMORY, and each opened once by a statement, as in order_batch_open.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_batch_open()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'empty tables for a batch of captures'
BEGIN
    DECLARE v_shape VARCHAR(64) DEFAULT (SELECT MAX(checksum) FROM routine_loaded WHERE name = 'payment_batch_make');

    IF @payment_batch_shape = COALESCE(v_shape, 'new') THEN
        DELETE FROM b_event;
        DELETE FROM b_paid_order;
        DELETE FROM b_take;
    ELSE
        CALL payment_batch_make();
        SET @payment_batch_shape = COALESCE(v_shape, 'new');
    END IF;
END
