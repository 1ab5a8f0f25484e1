-- tax_rate_get: a tax rate.
--
-- Parameters
--   in_tax_rate_id  BIGINT   which
-- Returns  one row: status INT, body JSON, etag
--   200 as tax_rate_json gives it
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL tax_rate_get(7);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE tax_rate_get(in_tax_rate_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a tax rate'
BEGIN
    DECLARE v_version BIGINT DEFAULT (SELECT version FROM tax_rate WHERE tax_rate_id = in_tax_rate_id);

    IF v_version IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    SELECT 200 AS status, tax_rate_json(in_tax_rate_id) AS body, CONCAT('v', v_version) AS etag;
END
