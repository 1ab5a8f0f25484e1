-- order_search: this shard's part of a page of all orders, newest first, for staff.
--
-- Parameters
--   in_state        VARCHAR(20)    NULL: any
--   in_email        VARCHAR(254)   normalised: the account's address, or the one given with the order; NULL: any
--   in_from         VARCHAR(24)    placed then or later, "2026-01-31" or "2026-01-31T09:00:00Z"; NULL: any
--   in_to           VARCHAR(24)    placed before; NULL: any
--   in_cursor       VARCHAR(255)   order_id of the last one seen; NULL: from the newest
--   in_limit        BIGINT         1 … 100
-- Returns  one row: status INT, body JSON, next_cursor
--   200 {"items": [{"order_id", "account_id", "contact_email", "state", "total", "currency", "items_n", "title", "name",
--   "country", "created_at", "paid_at", "version"}]}; next_cursor: not NULL when there is more
-- Errors   30003 request.invalid: from, to or cursor
-- Locks    none
-- Example  CALL order_search('PAID', NULL, '2026-11-01', NULL, NULL, 20);
--
-- Ids carry the time of their making, at most an hour from the order's: that bounds the range of the index, orders_staff,
-- orders_email or the primary key, and what is placed in it decides.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_search(
    in_state VARCHAR(20), in_email VARCHAR(254), in_from VARCHAR(24), in_to VARCHAR(24), in_cursor VARCHAR(255),
    in_limit BIGINT
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'orders of all buyers here'
BEGIN
    DECLARE v_from DATETIME(3) DEFAULT order_search_time(in_from, 'from');
    DECLARE v_to DATETIME(3) DEFAULT order_search_time(in_to, 'to');
    DECLARE v_before BIGINT DEFAULT LEAST(
        cursor_before(in_cursor), COALESCE(order_search_id(v_to + INTERVAL 1 HOUR), 9223372036854775807));
    DECLARE v_after BIGINT DEFAULT COALESCE(order_search_id(v_from - INTERVAL 1 HOUR), 0);
    DECLARE v_more BIGINT DEFAULT in_limit + 1;
    DECLARE v_items LONGTEXT;
    DECLARE v_n BIGINT;

    SELECT GROUP_CONCAT(IF(n.nth > in_limit, NULL, JSON_OBJECT(
               'order_id', CAST(o.order_id AS CHAR), 'account_id', CAST(o.account_id AS CHAR),
               'contact_email', COALESCE(o.email, a.email), 'state', o.state, 'total', o.total, 'currency', o.currency,
               'items_n', o.items_n, 'title', o.title, 'name', JSON_UNQUOTE(JSON_EXTRACT(o.address, '$.name')),
               'country', JSON_UNQUOTE(JSON_EXTRACT(o.address, '$.country')), 'created_at', rfc3339(o.created_at),
               'paid_at', rfc3339(o.paid_at), 'version', o.version)) ORDER BY n.nth), COUNT(*)
      INTO v_items, v_n
      FROM (SELECT i.order_id, ROW_NUMBER() OVER (ORDER BY i.order_id DESC) AS nth
              FROM ((SELECT order_id FROM orders
                      WHERE in_email IS NULL AND in_state IS NULL AND order_id > v_after AND order_id < v_before
                        AND created_at >= COALESCE(v_from, created_at) AND (v_to IS NULL OR created_at < v_to)
                      ORDER BY order_id DESC LIMIT v_more)
                    UNION
                    (SELECT order_id FROM orders FORCE INDEX (orders_staff)
                      WHERE in_email IS NULL AND state = in_state AND order_id > v_after AND order_id < v_before
                        AND created_at >= COALESCE(v_from, created_at) AND (v_to IS NULL OR created_at < v_to)
                      ORDER BY order_id DESC LIMIT v_more)
                    UNION
                    (SELECT order_id FROM orders FORCE INDEX (orders_email)
                      WHERE email = in_email AND state = COALESCE(in_state, state) AND order_id > v_after
                        AND order_id < v_before
                        AND created_at >= COALESCE(v_from, created_at) AND (v_to IS NULL OR created_at < v_to)
                      ORDER BY order_id DESC LIMIT v_more)
                    UNION
                    (SELECT o.order_id
                       FROM account a
                       JOIN orders o ON o.account_id = a.account_id
                      WHERE a.email = in_email AND o.state = COALESCE(in_state, o.state) AND o.order_id > v_after
                        AND o.order_id < v_before
                        AND o.created_at >= COALESCE(v_from, o.created_at) AND (v_to IS NULL OR o.created_at < v_to)
                      ORDER BY o.order_id DESC LIMIT v_more)) i) n
      JOIN orders o ON o.order_id = n.order_id
      LEFT JOIN account a ON a.account_id = o.account_id
     WHERE n.nth <= v_more;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body,
           IF(v_n > in_limit, 'more', NULL) AS next_cursor;
END
