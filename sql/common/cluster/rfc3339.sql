-- rfc3339: a UTC time as RFC 3339 text with milliseconds, 2026-11-21T08:00:00.000Z.
--
-- Parameters
--   in_at   DATETIME(3)   a time in UTC; NULL gives NULL
-- Returns  VARCHAR(24)
-- Errors   none
-- Locks    none
-- Example  SELECT rfc3339(UTC_TIMESTAMP(3));
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION rfc3339(in_at DATETIME(3))
RETURNS VARCHAR(24) CHARACTER SET utf8mb4
DETERMINISTIC
NO SQL
SQL SECURITY DEFINER
COMMENT 'UTC time as RFC 3339 text'
RETURN CONCAT(LEFT(DATE_FORMAT(in_at, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')
