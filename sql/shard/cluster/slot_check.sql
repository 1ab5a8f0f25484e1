-- slot_check: makes sure that this shard serves the slot of an id, and that it goes on doing so until the transaction ends.
--
-- Parameters
--   in_id   BIGINT   any id; its low 8 bits are the slot
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30015 slot.moved: <slot>
-- Locks    slot_owner (one row, shared): first of all locks of a transaction
-- Example  CALL slot_check(in_order_id);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE slot_check(in_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'refuses an id whose slot lives on another shard'
BEGIN
    DECLARE v_message VARCHAR(64) DEFAULT CONCAT('slot.moved: ', COALESCE(in_id & 255, 'none'));

    IF NOT EXISTS (SELECT 1 FROM slot_owner WHERE slot = (in_id & 255) LOCK IN SHARE MODE) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30015, MESSAGE_TEXT = v_message;
    END IF;
END
