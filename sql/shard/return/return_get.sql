-- return_get: one return, for staff.
--
-- Parameters
--   in_return_id    BIGINT   the return
-- Returns  one row: status INT, body JSON, etag
--   200 the return as return_json
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL return_get(6001);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE return_get(in_return_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'one return'
BEGIN
    DECLARE v_version BIGINT;

    SELECT version INTO v_version FROM order_return WHERE return_id = in_return_id;
    IF v_version IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such return';
    END IF;
    SELECT 200 AS status, return_json(in_return_id) AS body, CONCAT('v', v_version) AS etag;
END
