-- cart_stale_done: their copies in Redis are gone.
--
-- Parameters
--   in_items   LONGTEXT   JSON [{"account_id", "version"}] as cart_stale_list gave them
-- Returns  one row: status INT, body JSON
--   200 {"done": n}
-- Errors   none
-- Locks    cart_stale
-- Example  CALL cart_stale_done('[{"account_id": "640", "version": 6}]');
--
-- A cart that changed again meanwhile stays on the list.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_stale_done(in_items LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'Redis knows'
BEGIN
    DECLARE v_done INT;

    DELETE s
      FROM cart_stale s
      JOIN JSON_TABLE(in_items, '$[*]' COLUMNS (account_id BIGINT PATH '$.account_id', version BIGINT PATH '$.version')) j
        ON j.account_id = s.account_id AND j.version = s.version;
    SET v_done = ROW_COUNT();

    SELECT 200 AS status, JSON_OBJECT('done', v_done + 0) AS body;
END
