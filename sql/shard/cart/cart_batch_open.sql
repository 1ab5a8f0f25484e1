-- cart_batch_open: empties the table of a batch of changes of carts, or makes it when this session has none of this shape yet.
--
-- Parameters  none
-- Returns  nothing: called by cart_put, cart_remove and cart_select before their transaction
-- Errors   none
-- Locks    none: the table is the session's own
-- Example  CALL cart_batch_open();
--
-- c_request holds a row for each request of the batch. It is open while its error is NULL. Requests for the same cart take
-- turns, in order of arrival: each sees what the one before left. A batch of changes of different carts has one turn.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_batch_open()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'empty table for a batch of changes of carts'
BEGIN
    DECLARE v_shape VARCHAR(64) DEFAULT (SELECT MAX(checksum) FROM routine_loaded WHERE name = 'cart_batch_make');

    IF @cart_batch_shape = COALESCE(v_shape, 'new') THEN
        DELETE FROM c_request;
    ELSE
        CALL cart_batch_make();
        SET @cart_batch_shape = COALESCE(v_shape, 'new');
    END IF;
END
