-- address_list: the caller's addresses, newest first.
--
-- Parameters
--   in_account_id   BIGINT         who asks (id)
--   in_cursor       VARCHAR(255)   the last address of the page before; NULL at first
--   in_limit        BIGINT         items at most
-- Returns  one row: status INT, body JSON, next_cursor
--   200 {"items": [address …], "next_cursor": "…" or null}
-- Errors   30003 request.invalid: cursor
-- Locks    none
-- Example  CALL address_list(171798691840, NULL, 20);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE address_list(
    in_account_id BIGINT,
    in_cursor     VARCHAR(255),
    in_limit      BIGINT
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'addresses of an account'
BEGIN
    DECLARE v_look BIGINT DEFAULT in_limit + 1;
    DECLARE v_before BIGINT DEFAULT cursor_before(in_cursor);
    DECLARE v_items LONGTEXT;
    DECLARE v_next VARCHAR(64);

    SELECT GROUP_CONCAT(IF(n <= in_limit, address_json(address_id), NULL) ORDER BY n),
           LOWER(HEX(IF(MAX(n) > in_limit, CAST(MIN(IF(n <= in_limit, address_id, NULL)) AS CHAR), NULL)))
      INTO v_items, v_next
      FROM (SELECT address_id, ROW_NUMBER() OVER (ORDER BY address_id DESC) AS n
              FROM address
             WHERE account_id = in_account_id AND address_id < v_before
             ORDER BY address_id DESC
             LIMIT v_look) AS page;

    SELECT 200 AS status,
           CONCAT('{"items":[', COALESCE(v_items, ''), '],"next_cursor":', COALESCE(JSON_QUOTE(v_next), 'null'), '}') AS body,
           v_next AS next_cursor;
END
