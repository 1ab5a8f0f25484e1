-- audit_orders: are the events of an order all there, and is its row as far as they say?
--
-- Parameters
--   in_after        BIGINT   order_id after which to begin; 0: at the start
--   in_limit        BIGINT   orders to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": order_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   fold: the events are not numbered from 1 to the version without a gap, say something else than the row of what changes, or not
--   each of its steps is told by one event (placed, paid, shipped, delivered, completed, closed: the digits from the last one on) ·
--   due: it is to be closed or to go on by itself, and would not when its time has come
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

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', b.rule, 'key', CAST(b.order_id AS CHAR), 'order_id', CAST(b.order_id AS CHAR),
                                    'row', b.row_says, 'events', b.events_say))
      INTO v_items
      FROM (SELECT 'fold' AS rule, s.order_id, CONCAT('1 to ', s.version, ', steps ', s.steps) AS row_says,
                   CONCAT(s.events_n, ' from ', s.seq_min, ' to ', s.seq_max, ', steps ', s.told) AS events_say
              FROM (SELECT o.order_id, o.version, COUNT(e.seq) AS events_n, COALESCE(MIN(e.seq), 0) AS seq_min,
                           COALESCE(MAX(e.seq), 0) AS seq_max,
                           1 + IF(MAX(o.paid_at) IS NULL, 0, 10) + IF(MAX(o.shipped_at) IS NULL, 0, 100)
                           + IF(MAX(o.delivered_at) IS NULL, 0, 1000) + IF(MAX(o.completed_at) IS NULL, 0, 10000)
                           + IF(MAX(o.closed_at) IS NULL, 0, 100000) AS steps,
                           COALESCE(SUM(CASE e.type WHEN 'order.placed' THEN 1 WHEN 'order.paid' THEN 10 WHEN 'order.shipped' THEN 100
                                                    WHEN 'order.delivered' THEN 1000 WHEN 'order.completed' THEN 10000
                                                    WHEN 'order.closed' THEN 100000 WHEN 'order.cancelled' THEN 100000 ELSE 0 END),
                                    0) AS told
                      FROM orders o
                      LEFT JOIN order_event e ON e.order_id = o.order_id
                     WHERE o.order_id > in_after AND o.order_id <= v_to
                     GROUP BY o.order_id, o.version) s
             WHERE s.events_n <> s.version OR s.seq_min <> 1 OR s.seq_max <> s.version OR s.told <> s.steps
             UNION ALL
            SELECT 'due', o.order_id, CONCAT_WS(' ', o.state, 'due_at', COALESCE(o.due_at, 'null')),
                   CONCAT_WS(' ', COALESCE(o.delivered_at, o.shipped_at, o.closing_at, o.expires_at, 'null'))
              FROM orders o
             WHERE o.order_id > in_after AND o.order_id <= v_to
               AND CASE o.state WHEN 'PENDING_PAYMENT' THEN NOT COALESCE(o.due_at <= o.expires_at, 0)
                                WHEN 'CLOSING' THEN NOT COALESCE(o.due_at <= UTC_TIMESTAMP(3) + INTERVAL 5 MINUTE, 0)
                                WHEN 'SHIPPED' THEN NOT COALESCE(o.due_at <= o.shipped_at, 0)
                                WHEN 'DELIVERED' THEN NOT COALESCE(o.due_at <= o.delivered_at, 0) ELSE 0 END
             UNION ALL
            SELECT 'fold', o.order_id,
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
