-- cursor_before: the id that a page of a list, newest first, goes on below.
--
-- Parameters
--   in_cursor       VARCHAR(255)   id of the last one of the page before; NULL: from the newest
-- Returns  BIGINT
-- Errors   30003 request.invalid: cursor
-- Locks    none
-- Example  SELECT cursor_before('171798691840');
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION cursor_before(in_cursor VARCHAR(255)) RETURNS BIGINT
DETERMINISTIC
NO SQL
SQL SECURITY DEFINER
COMMENT 'where a page goes on'
BEGIN
    IF in_cursor NOT REGEXP '^[0-9]{1,18}$' THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: cursor';
    END IF;
    RETURN COALESCE(CAST(in_cursor AS SIGNED), 9223372036854775807);
END
