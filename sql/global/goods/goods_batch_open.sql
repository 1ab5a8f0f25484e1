-- goods_batch_open: empties the table of a batch of receipts, or makes it when this session has none of this shape yet.
--
-- Parameters  none
-- Returns  nothing: called by goods_receive before its transaction
-- Errors   none
-- Locks    none: the table is the session's own
-- Example  CALL goods_batch_open();
--
-- g_request holds a row for each receipt of the batch. It is open while its error is NULL.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE goods_batch_open()
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'empty table for a batch of receipts'
BEGIN
    DECLARE v_shape VARCHAR(64) DEFAULT (SELECT MAX(checksum) FROM routine_loaded WHERE name = 'goods_batch_make');

    IF @goods_batch_shape = COALESCE(v_shape, 'new') THEN
        DELETE FROM g_request;
    ELSE
        CALL goods_batch_make();
        SET @goods_batch_shape = COALESCE(v_shape, 'new');
    END IF;
END
