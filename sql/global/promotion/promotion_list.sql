-- promotion_list: every promotion, newest first.
--
-- Parameters
--   in_cursor        VARCHAR(255)  next_cursor of the page before; NULL: the first page
--   in_limit         BIGINT        items at most
-- Returns  one row: status INT, body JSON, next_cursor
--   200 {"items": [as promotion_json gives them], "next_cursor": "…" | null}
-- Errors   30003 request.invalid: cursor
-- Locks    none
-- Example  CALL promotion_list(NULL, 20);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE promotion_list(in_cursor VARCHAR(255), in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'every promotion'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_n, v_last BIGINT;
    DECLARE v_before BIGINT DEFAULT cursor_before(in_cursor);
    DECLARE v_next VARCHAR(40);

    SELECT GROUP_CONCAT(promotion_json(p.promotion_id) ORDER BY p.promotion_id DESC), COUNT(*), MIN(p.promotion_id) INTO v_items, v_n, v_last
      FROM (SELECT promotion_id
              FROM promotion
             WHERE promotion_id < v_before
             ORDER BY promotion_id DESC
             LIMIT in_limit) p;
    SET v_next = IF(v_n = in_limit, LOWER(HEX(CAST(v_last AS CHAR))), NULL);
    SELECT 200 AS status,
           JSON_OBJECT('items', JSON_EXTRACT(CONCAT('[', COALESCE(v_items, ''), ']'), '$'), 'next_cursor', v_next) AS body,
           v_next AS next_cursor;
END
