-- reconciliation_day: a day of a provider, as it is given.
--
-- Parameters
--   in_day          VARCHAR(10)   2026-11-28
-- Returns  DATE
-- Errors   30003 request.invalid: day
-- Locks    none
-- Example  SELECT reconciliation_day('2026-11-28');
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION reconciliation_day(in_day VARCHAR(10)) RETURNS DATE
DETERMINISTIC
NO SQL
SQL SECURITY DEFINER
COMMENT 'a day of a provider'
BEGIN -- no CAST before it is known to be a day: what MariaDB takes for NULL is an error on MySQL
    IF in_day IS NULL OR in_day NOT REGEXP '^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'
       OR RIGHT(in_day, 2) > DAY(LAST_DAY(CONCAT(LEFT(in_day, 8), '01'))) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: day: like 2026-11-28';
    END IF;
    RETURN CAST(in_day AS DATE);
END
