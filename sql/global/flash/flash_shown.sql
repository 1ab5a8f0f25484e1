-- flash_shown: a flash sale as buyers see it.
--
-- Parameters
--   in_sale_id      BIGINT   which
-- Returns  one row: status INT, body JSON
--   200 as flash_shown_json gives it
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL flash_shown(7);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_shown(in_sale_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a flash sale for buyers'
BEGIN
    DECLARE v_body LONGTEXT DEFAULT flash_shown_json(in_sale_id);

    IF v_body IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    SELECT 200 AS status, v_body AS body;
END
