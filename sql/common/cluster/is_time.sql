-- is_time: is a text a UTC time as clients write it, of a day that there is?
--
-- Parameters
--   in_text         VARCHAR(255)   2026-01-31T09:00:00Z, with or without a fraction of up to three digits
-- Returns  1 or 0; NULL of NULL
-- Errors   none
-- Locks    none
-- Example  SELECT is_time('2026-02-30T09:00:00Z');
--
-- No CAST to find out: of a day that is none MySQL makes an error, and MariaDB NULL.
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION is_time(in_text VARCHAR(255))
RETURNS TINYINT
DETERMINISTIC
NO SQL
SQL SECURITY DEFINER
COMMENT 'whether a text is a time'
RETURN IF(in_text REGEXP '^[1-9][0-9]{3}-(0[1-9]|1[0-2])-[0-3][0-9]T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,3})?Z$',
          SUBSTRING(in_text, 9, 2) BETWEEN 1 AND DAY(LAST_DAY(CONCAT(LEFT(in_text, 8), '01'))), IF(in_text IS NULL, NULL, 0))
