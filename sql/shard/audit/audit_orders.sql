-- audit_orders: are the events of an order all there, and is its row as far as they say?
--
-- Parameters
--   in_after        BIGINT   order_id after which to begin; 0: at the start
--   in_limit        BIGINT   orders to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": order_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   fold: the events are not numbered from 1 to the version without a gap, or say something else than the row of what changes
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_orders(0, 1000);
--
-- Every event tells all that can change, so that the newest one must say what the row says. What never changes is told by the
-- first: audit_order_terms. Times are written as rfc3339() does, without its calls, which would be most of the time this takes.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_orders(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'orders are the fold of their events'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    CALL audit_order_range(in_after, in_limit, v_to, v_n);

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', 'fold', 'key', CAST(b.order_id AS CHAR), 'order_id', CAST(b.order_id AS CHAR),
                                    'row', b.row_says, 'events', b.events_say))
      INTO v_items
      FROM (SELECT o.order_id, CONCAT('1 to ', o.version) AS row_says,
                   CONCAT(COUNT(e.seq), ' from ', COALESCE(MIN(e.seq), 0), ' to ', COALESCE(MAX(e.seq), 0)) AS events_say
              FROM orders o
              LEFT JOIN order_event e ON e.order_id = o.order_id
             WHERE o.order_id > in_after AND o.order_id <= v_to
             GROUP BY o.order_id, o.version
            HAVING COUNT(e.seq) <> o.version OR MIN(e.seq) <> 1 OR MAX(e.seq) <> o.version
             UNION ALL
            SELECT o.order_id,
                   CONCAT_WS(' ', o.state, o.version,
                             'expires_at', COALESCE(CONCAT(REPLACE(o.expires_at, ' ', 'T'), 'Z'), 'null'),
                             'closing_at', COALESCE(CONCAT(REPLACE(o.closing_at, ' ', 'T'), 'Z'), 'null'),
                             'closed_at', COALESCE(CONCAT(REPLACE(o.closed_at, ' ', 'T'), 'Z'), 'null'),
                             'paid_at', COALESCE(CONCAT(REPLACE(o.paid_at, ' ', 'T'), 'Z'), 'null'),
                             'held_at', COALESCE(CONCAT(REPLACE(o.held_at, ' ', 'T'), 'Z'), 'null'),
                             'shipped_at', COALESCE(CONCAT(REPLACE(o.shipped_at, ' ', 'T'), 'Z'), 'null'),
                             'delivered_at', COALESCE(CONCAT(REPLACE(o.delivered_at, ' ', 'T'), 'Z'), 'null'),
                             'completed_at', COALESCE(CONCAT(REPLACE(o.completed_at, ' ', 'T'), 'Z'), 'null')) AS row_says,
                   CONCAT_WS(' ', COALESCE(j.state, 'null'), COALESCE(j.version, 'null'),
                             'expires_at', COALESCE(j.expires_at, 'null'), 'closing_at', COALESCE(j.closing_at, 'null'),
                             'closed_at', COALESCE(j.closed_at, 'null'), 'paid_at', COALESCE(j.paid_at, 'null'),
                             'held_at', COALESCE(j.held_at, 'null'), 'shipped_at', COALESCE(j.shipped_at, 'null'),
                             'delivered_at', COALESCE(j.delivered_at, 'null'),
                             'completed_at', COALESCE(j.completed_at, 'null')) AS events_say
              FROM orders o
              JOIN order_event e ON e.order_id = o.order_id AND e.seq = o.version
              JOIN JSON_TABLE(e.data, '$' COLUMNS (
                       state VARCHAR(20) PATH '$.state', version INT PATH '$.version',
                       expires_at VARCHAR(32) PATH '$.expires_at', closing_at VARCHAR(32) PATH '$.closing_at',
                       closed_at VARCHAR(32) PATH '$.closed_at', paid_at VARCHAR(32) PATH '$.paid_at',
                       held_at VARCHAR(32) PATH '$.held_at', shipped_at VARCHAR(32) PATH '$.shipped_at',
                       delivered_at VARCHAR(32) PATH '$.delivered_at', completed_at VARCHAR(32) PATH '$.completed_at')) j
             WHERE o.order_id > in_after AND o.order_id <= v_to
            HAVING row_says COLLATE utf8mb4_bin <> events_say COLLATE utf8mb4_bin
             LIMIT 100) b;

    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
