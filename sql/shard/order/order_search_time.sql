-- order_search_time: a time that staff look for orders by.
--
-- Parameters
--   in_text         VARCHAR(24)   "2026-01-31" (midnight UTC) or "2026-01-31T09:00:00Z"; NULL: none
--   in_field        VARCHAR(16)   the field it stands in
-- Returns  DATETIME(3) in UTC
-- Errors   30003 request.invalid: <field>
-- Locks    none
-- Example  SELECT order_search_time('2026-01-31', 'from');
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION order_search_time(in_text VARCHAR(24), in_field VARCHAR(16))
RETURNS DATETIME(3)
DETERMINISTIC
NO SQL
SQL SECURITY DEFINER
COMMENT 'a time to look for orders by'
BEGIN
    DECLARE v_message VARCHAR(128) DEFAULT CONCAT('request.invalid: ', in_field, ': like 2026-01-31 or 2026-01-31T09:00:00Z');

    -- No CAST to find out: MySQL raises an error of its own there.
    IF in_text NOT REGEXP '^[1-9][0-9]{3}-(0[1-9]|1[0-2])-[0-3][0-9](T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,3})?Z)?$'
       OR SUBSTRING(in_text, 9, 2) NOT BETWEEN 1 AND DAY(LAST_DAY(CONCAT(LEFT(in_text, 8), '01'))) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = v_message;
    END IF;
    RETURN CAST(REPLACE(REPLACE(in_text, 'T', ' '), 'Z', '') AS DATETIME(3));
END
