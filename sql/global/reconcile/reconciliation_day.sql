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
BEGIN
    DECLARE v_day DATE;
    DECLARE CONTINUE HANDLER FOR 1292 SET v_day = NULL; -- a day that is none: NULL and a warning on MariaDB, an error on MySQL

    SET v_day = CAST(in_day AS DATE);
    IF v_day IS NULL OR in_day NOT REGEXP '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: day: like 2026-11-28';
    END IF;
    RETURN v_day;
END
