-- search_hurry: ends a search that takes too long: whoever asked is about to give up. Internal: called by search_find.
--
-- Parameters
--   in_until        DATETIME(6)   until when it may go on, by SYSDATE()
-- Returns  nothing
-- Errors   30011 unavailable
-- Locks    none
-- Example  CALL search_hurry(SYSDATE(6) + INTERVAL 1 SECOND);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE search_hurry(in_until DATETIME(6))
NOT DETERMINISTIC
NO SQL
SQL SECURITY DEFINER
COMMENT 'ends a search that takes too long'
IF SYSDATE(6) > in_until THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30011, MESSAGE_TEXT = 'unavailable';
END IF
