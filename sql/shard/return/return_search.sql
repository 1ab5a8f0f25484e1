-- return_search: this shard's part of a page of all returns, newest first, for staff.
--
-- Parameters
--   in_state        VARCHAR(12)    NULL: any
--   in_cursor       VARCHAR(255)   return_id of the last one seen; NULL: from the newest
--   in_limit        BIGINT         1 … 100
-- Returns  one row: status INT, body JSON, next_cursor
--   200 {"items": [returns as return_json]}; next_cursor: not NULL when there is more
-- Errors   30003 request.invalid: cursor
-- Locks    none
-- Example  CALL return_search('REQUESTED', NULL, 20);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE return_search(
    in_state VARCHAR(12), in_cursor VARCHAR(255), in_limit BIGINT
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'returns of all buyers here'
BEGIN
    DECLARE v_before BIGINT DEFAULT cursor_before(in_cursor);
    DECLARE v_more BIGINT DEFAULT in_limit + 1;
    DECLARE v_items LONGTEXT;
    DECLARE v_n BIGINT;

    SELECT GROUP_CONCAT(IF(n.nth > in_limit, NULL, return_json(t.return_id)) ORDER BY n.nth), COUNT(*)
      INTO v_items, v_n
      FROM (SELECT i.return_id, ROW_NUMBER() OVER (ORDER BY i.return_id DESC) AS nth
              FROM ((SELECT return_id FROM order_return
                      WHERE in_state IS NOT NULL AND state = in_state AND return_id < v_before
                      ORDER BY return_id DESC LIMIT v_more)
                    UNION ALL
                    (SELECT return_id FROM order_return
                      WHERE in_state IS NULL AND return_id < v_before
                      ORDER BY return_id DESC LIMIT v_more)) i) n
      JOIN order_return t ON t.return_id = n.return_id;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body,
           IF(v_n > in_limit, 'more', NULL) AS next_cursor;
END
