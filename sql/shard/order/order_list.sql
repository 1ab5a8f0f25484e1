-- order_list: the caller's orders, newest first, of one state or of all.
--
-- Parameters
--   in_account_id   BIGINT         the caller
--   in_state        VARCHAR(20)    NULL: any
--   in_cursor       VARCHAR(255)   order_id of the last one seen; NULL: from the newest
--   in_limit        BIGINT         1 … 100
-- Returns  one row: status INT, body JSON, next_cursor
--   200 {"items": [{"order_id", "state", "total", "currency", "items_n", "title", "created_at", "expires_at"}], "next_cursor"}
-- Errors   30003 request.invalid: cursor
-- Locks    none
-- Example  CALL order_list(640, 'PAID', NULL, 20);
--
-- The ids come from an index alone, orders_state or orders_account; only the rows shown are read. The indexes are forced: with
-- ORDER BY and LIMIT an optimizer whose statistics are old walks through everybody's orders by the primary key instead.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_list(
    in_account_id BIGINT,
    in_state      VARCHAR(20),
    in_cursor     VARCHAR(255),
    in_limit      BIGINT
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'orders of the caller'
BEGIN
    DECLARE v_before BIGINT DEFAULT cursor_before(in_cursor);
    DECLARE v_more BIGINT DEFAULT in_limit + 1;
    DECLARE v_items LONGTEXT;
    DECLARE v_next VARCHAR(255);

    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(
               IF(n.nth > in_limit, NULL, JSON_OBJECT(
                   'order_id', CAST(o.order_id AS CHAR), 'state', o.state, 'total', o.total, 'currency', o.currency,
                   'items_n', o.items_n, 'title', o.title, 'created_at', rfc3339(o.created_at),
                   'expires_at', rfc3339(o.expires_at))) ORDER BY n.nth), ''), ']'),
           IF(COUNT(*) > in_limit, LOWER(HEX(CAST(MIN(IF(n.nth > in_limit, NULL, o.order_id)) AS CHAR))), NULL)
      INTO v_items, v_next
      FROM (SELECT i.order_id, ROW_NUMBER() OVER (ORDER BY i.order_id DESC) AS nth
              FROM ((SELECT order_id FROM orders FORCE INDEX (orders_state)
                      WHERE in_state IS NOT NULL AND account_id = in_account_id AND state = in_state
                        AND order_id < v_before
                      ORDER BY order_id DESC LIMIT v_more)
                    UNION ALL
                    (SELECT order_id FROM orders FORCE INDEX (orders_account)
                      WHERE in_state IS NULL AND account_id = in_account_id AND order_id < v_before
                      ORDER BY order_id DESC LIMIT v_more)) i) n
      JOIN orders o ON o.order_id = n.order_id;

    SELECT 200 AS status, JSON_OBJECT('items', JSON_EXTRACT(v_items, '$'), 'next_cursor', v_next) AS body,
           v_next AS next_cursor;
END
