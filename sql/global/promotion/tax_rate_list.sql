-- tax_rate_list: every tax rate, newest first.
--
-- Parameters
--   in_cursor        VARCHAR(255)  next_cursor of the page before; NULL: the first page
--   in_limit         BIGINT        items at most
-- Returns  one row: status INT, body JSON, next_cursor
--   200 {"items": [as tax_rate_json gives them], "next_cursor": "…" | null}
-- Errors   30003 request.invalid: cursor
-- Locks    none
-- Example  CALL tax_rate_list(NULL, 20);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE tax_rate_list(in_cursor VARCHAR(255), in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'every tax rate'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_n, v_last BIGINT;
    DECLARE v_before BIGINT DEFAULT cursor_before(in_cursor);
    DECLARE v_next VARCHAR(40);

    SELECT GROUP_CONCAT(tax_rate_json(p.tax_rate_id) ORDER BY p.tax_rate_id DESC), COUNT(*), MIN(p.tax_rate_id) INTO v_items, v_n, v_last
      FROM (SELECT tax_rate_id
              FROM tax_rate
             WHERE tax_rate_id < v_before
             ORDER BY tax_rate_id DESC
             LIMIT in_limit) p;
    SET v_next = IF(v_n = in_limit, LOWER(HEX(CAST(v_last AS CHAR))), NULL);
    SELECT 200 AS status,
           JSON_OBJECT('items', JSON_EXTRACT(CONCAT('[', COALESCE(v_items, ''), ']'), '$'), 'next_cursor', v_next) AS body,
           v_next AS next_cursor;
END
