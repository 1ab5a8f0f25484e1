-- order_search_id: the lowest id that could be made at a time.
--
-- Parameters
--   in_at           DATETIME(3)   UTC; NULL gives NULL
-- Returns  BIGINT
-- Errors   none
-- Locks    none
-- Example  SELECT order_search_id('2026-01-31');
--
-- Ids carry the ms since 2024-06-01T00:00:00Z above 22 bits (fcgi/store/id.h).
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION order_search_id(in_at DATETIME(3)) RETURNS BIGINT
DETERMINISTIC
NO SQL
SQL SECURITY DEFINER
COMMENT 'the lowest id of a time'
RETURN LEAST(GREATEST(TIMESTAMPDIFF(MICROSECOND, '2024-06-01 00:00:00', in_at) DIV 1000, 0), 2199023255551) * 4194304
