-- cart_version_after: the version of a cart after a change: one more than before, or the microseconds since 1970 when that is more.
--
-- Parameters
--   in_version   BIGINT   the version before; 0 for a new cart
-- Returns  BIGINT, below 2^53
-- Errors   none
-- Locks    none
-- Example  SELECT cart_version_after(0);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION cart_version_after(in_version BIGINT)
RETURNS BIGINT
NOT DETERMINISTIC
NO SQL
SQL SECURITY DEFINER
COMMENT 'next version of a cart'
RETURN GREATEST(in_version + 1, CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED))
