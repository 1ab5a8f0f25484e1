-- audit_orders: does folding the events of an order give its row, and do its lines make its amounts?
--
-- Parameters
--   in_after        BIGINT   order_id after which to begin; 0: at the start
--   in_limit        BIGINT   orders to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": order_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   fold: the events, from 1 to the version without a gap, the latest to name a field, say something else than the row
--   total: items_total is the sum of the lines; total is that less discounts, plus shipping and added tax
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_orders(0, 1000);
--
-- Times are written as rfc3339() does, without its calls: five for each order are most of the time this takes.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_orders(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'orders are the fold of their events'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    CALL audit_order_range(in_after, in_limit, v_to, v_n);

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', b.rule, 'key', CAST(b.order_id AS CHAR), 'order_id', CAST(b.order_id AS CHAR),
                                    'row', b.row_says, 'events', b.others_say))
      INTO v_items
      FROM (SELECT 'fold' AS rule, o.order_id,
                   CONCAT_WS(' ', o.state, o.version, o.account_id, o.total, o.currency, o.items_n, LEFT(DATE_FORMAT(o.created_at, '%Y-%m-%dT%H:%i:%s.%f'), 23),
                             COALESCE(LEFT(DATE_FORMAT(o.expires_at, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'null'),
                             COALESCE(LEFT(DATE_FORMAT(o.closing_at, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'null'),
                             COALESCE(LEFT(DATE_FORMAT(o.closed_at, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'null'),
                             COALESCE(LEFT(DATE_FORMAT(o.paid_at, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'null'),
                             COALESCE(LEFT(DATE_FORMAT(o.held_at, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'null'),
                             COALESCE(LEFT(DATE_FORMAT(o.shipped_at, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'null'),
                             COALESCE(LEFT(DATE_FORMAT(o.delivered_at, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'null'),
                             COALESCE(LEFT(DATE_FORMAT(o.completed_at, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'null')) AS row_says,
                   CONCAT_WS(' ', f.state, f.version, f.account_id, f.total, f.currency, f.items_n, LEFT(f.created_at, 23),
                             COALESCE(LEFT(f.expires_at, 23), 'null'), COALESCE(LEFT(f.closing_at, 23), 'null'),
                             COALESCE(LEFT(f.closed_at, 23), 'null'), COALESCE(LEFT(f.paid_at, 23), 'null'),
                             COALESCE(LEFT(f.held_at, 23), 'null'), COALESCE(LEFT(f.shipped_at, 23), 'null'),
                             COALESCE(LEFT(f.delivered_at, 23), 'null'), COALESCE(LEFT(f.completed_at, 23), 'null')) AS others_say,
                   f.first_seq, f.last_seq, f.events_n, o.version
              FROM (SELECT order_id, MIN(seq) AS first_seq, MAX(seq) AS last_seq, COUNT(*) AS events_n,
                        SUBSTRING(MAX(CONCAT(LPAD(seq, 9, '0'), JSON_UNQUOTE(JSON_EXTRACT(data, '$.state')))), 10) AS state,
                        SUBSTRING(MAX(CONCAT(LPAD(seq, 9, '0'), JSON_UNQUOTE(JSON_EXTRACT(data, '$.version')))), 10) AS version,
                        SUBSTRING(MAX(CONCAT(LPAD(seq, 9, '0'), JSON_UNQUOTE(JSON_EXTRACT(data, '$.account_id')))), 10) AS account_id,
                        SUBSTRING(MAX(CONCAT(LPAD(seq, 9, '0'), JSON_UNQUOTE(JSON_EXTRACT(data, '$.total')))), 10) AS total,
                        SUBSTRING(MAX(CONCAT(LPAD(seq, 9, '0'), JSON_UNQUOTE(JSON_EXTRACT(data, '$.currency')))), 10) AS currency,
                        SUBSTRING(MAX(CONCAT(LPAD(seq, 9, '0'), JSON_UNQUOTE(JSON_EXTRACT(data, '$.items_n')))), 10) AS items_n,
                        SUBSTRING(MAX(CONCAT(LPAD(seq, 9, '0'), JSON_UNQUOTE(JSON_EXTRACT(data, '$.created_at')))), 10) AS created_at,
                        SUBSTRING(MAX(CONCAT(LPAD(seq, 9, '0'), JSON_UNQUOTE(JSON_EXTRACT(data, '$.expires_at')))), 10) AS expires_at,
                        SUBSTRING(MAX(CONCAT(LPAD(seq, 9, '0'), JSON_UNQUOTE(JSON_EXTRACT(data, '$.closing_at')))), 10) AS closing_at,
                        SUBSTRING(MAX(CONCAT(LPAD(seq, 9, '0'), JSON_UNQUOTE(JSON_EXTRACT(data, '$.closed_at')))), 10) AS closed_at,
                        SUBSTRING(MAX(CONCAT(LPAD(seq, 9, '0'), JSON_UNQUOTE(JSON_EXTRACT(data, '$.paid_at')))), 10) AS paid_at,
                        SUBSTRING(MAX(CONCAT(LPAD(seq, 9, '0'), JSON_UNQUOTE(JSON_EXTRACT(data, '$.held_at')))), 10) AS held_at,
                        SUBSTRING(MAX(CONCAT(LPAD(seq, 9, '0'), JSON_UNQUOTE(JSON_EXTRACT(data, '$.shipped_at')))), 10) AS shipped_at,
                        SUBSTRING(MAX(CONCAT(LPAD(seq, 9, '0'), JSON_UNQUOTE(JSON_EXTRACT(data, '$.delivered_at')))), 10) AS delivered_at,
                        SUBSTRING(MAX(CONCAT(LPAD(seq, 9, '0'), JSON_UNQUOTE(JSON_EXTRACT(data, '$.completed_at')))), 10) AS completed_at
                      FROM order_event
                     WHERE order_id > in_after AND order_id <= v_to
                     GROUP BY order_id) f
              RIGHT JOIN orders o ON o.order_id = f.order_id
             WHERE o.order_id > in_after AND o.order_id <= v_to
            HAVING COALESCE(f.events_n, 0) <> o.version OR f.first_seq <> 1 OR f.last_seq <> o.version
                OR row_says COLLATE utf8mb4_bin <> others_say COLLATE utf8mb4_bin
             UNION ALL
            SELECT 'total', o.order_id, CONCAT('items_total ', o.items_total, ', total ', o.total),
                   CONCAT('lines ', COALESCE(SUM(i.total), 0)), NULL, NULL, NULL, NULL
              FROM orders o
              LEFT JOIN order_item i ON i.order_id = o.order_id
             WHERE o.order_id > in_after AND o.order_id <= v_to
             GROUP BY o.order_id, o.items_total, o.total, o.discount_total, o.shipping_total, o.tax_total
            HAVING o.items_total <> COALESCE(SUM(i.total), 0)
                OR o.total <> o.items_total - o.discount_total + o.shipping_total + o.tax_total
             LIMIT 100) b;

    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
