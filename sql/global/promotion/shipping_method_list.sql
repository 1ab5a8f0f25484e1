-- shipping_method_list: every shipping method, newest first.
--
-- Parameters
--   in_cursor        VARCHAR(255)  next_cursor of the page before; NULL: the first page
--   in_limit         BIGINT        items at most
-- Returns  one row: status INT, body JSON, next_cursor
--   200 {"items": [as shipping_method_json gives them], "next_cursor": "…" | null}
-- Errors   30003 request.invalid: cursor
-- Locks    none
-- Example  CALL shipping_method_list(NULL, 20);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE shipping_method_list(in_cursor VARCHAR(255), in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'every shipping method'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_n, v_last BIGINT;
    DECLARE v_before BIGINT DEFAULT cursor_before(in_cursor);
    DECLARE v_next VARCHAR(40);

    SELECT GROUP_CONCAT(shipping_method_json(p.shipping_method_id) ORDER BY p.shipping_method_id DESC), COUNT(*), MIN(p.shipping_method_id) INTO v_items, v_n, v_last
      FROM (SELECT shipping_method_id
              FROM shipping_method
             WHERE shipping_method_id < v_before
             ORDER BY shipping_method_id DESC
             LIMIT in_limit) p;
    SET v_next = IF(v_n = in_limit, LOWER(HEX(CAST(v_last AS CHAR))), NULL);
    SELECT 200 AS status,
           JSON_OBJECT('items', JSON_EXTRACT(CONCAT('[', COALESCE(v_items, ''), ']'), '$'), 'next_cursor', v_next) AS body,
           v_next AS next_cursor;
END
