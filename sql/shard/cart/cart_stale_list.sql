-- cart_stale_list: carts whose copy in Redis may be old, for the worker.
--
-- Parameters
--   in_limit   BIGINT   at most so many, 1 … 1000
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"account_id", "version"}]}
-- Errors   none
-- Locks    none
-- Example  CALL cart_stale_list(500);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_stale_list(in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'carts that Redis may have wrong'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(
               JSON_OBJECT('account_id', CAST(s.account_id AS CHAR), 'version', s.version)), ''), ']')
      INTO v_items
      FROM (SELECT account_id, version FROM cart_stale ORDER BY account_id LIMIT in_limit) s;

    SELECT 200 AS status, JSON_OBJECT('items', JSON_EXTRACT(v_items, '$')) AS body;
END
