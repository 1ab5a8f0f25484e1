-- flash_get: a flash sale, for the staff.
--
-- Parameters
--   in_sale_id      BIGINT   which
-- Returns  one row: status INT, body JSON, etag
--   200 as flash_json gives it
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL flash_get(7);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_get(in_sale_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a flash sale'
BEGIN
    DECLARE v_version BIGINT DEFAULT (SELECT version FROM flash_sale WHERE sale_id = in_sale_id);

    IF v_version IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    SELECT 200 AS status, flash_json(in_sale_id) AS body, CONCAT('v', v_version) AS etag;
END
