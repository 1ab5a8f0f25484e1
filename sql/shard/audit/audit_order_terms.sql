-- audit_order_terms: is what was agreed when an order was placed still what its first event says?
--
-- Parameters
--   in_after        BIGINT   order_id after which to begin; 0: at the start
--   in_limit        BIGINT   orders to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": order_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   terms: the row of the order has something else; `differs` names it, and of what is personal no more than that is said
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_order_terms(0, 1000);
--
-- Nothing here ever changes, but that a deleted account's row and events lose the same (account_erase_orders). Later events may
-- use a name of these for something of their own, as a return does for its note. An address is compared as a value: servers
-- differ in how they write JSON, and two objects that contain each other are equal. Of nearly all orders one look at their values
-- as text, in the order in which order_batch_tell writes them, is enough (JSON_EXTRACT writes JSON anew, so that both addresses
-- go through it); only what differs there is taken apart.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_order_terms(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'orders and their first events'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    CALL audit_order_range(in_after, in_limit, v_to, v_n);

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', 'terms', 'key', CAST(b.order_id AS CHAR), 'order_id', CAST(b.order_id AS CHAR),
                                    'differs', b.differs, 'row', b.row_says, 'events', b.event_says))
      INTO v_items
      FROM (SELECT o.order_id,
                   CONCAT_WS(' ', o.account_id, o.items_n, o.items_total, o.discount_total, o.shipping_total, o.tax_total,
                             o.tax_included, o.total, o.currency, COALESCE(o.shipping_method, 'null'),
                             CONCAT(REPLACE(o.created_at, ' ', 'T'), 'Z')) AS row_says,
                   CONCAT_WS(' ', COALESCE(j.account_id, 'null'), COALESCE(j.items_n, 'null'), COALESCE(j.items_total, 'null'),
                             COALESCE(j.discount_total, 'null'), COALESCE(j.shipping_total, 'null'),
                             COALESCE(j.tax_total, 'null'), COALESCE(j.tax_included, 'null'), COALESCE(j.total, 'null'),
                             COALESCE(j.currency, 'null'), COALESCE(j.shipping_method, 'null'),
                             COALESCE(j.created_at, 'null')) AS event_says,
                   CONCAT_WS(', ',
                             IF(o.account_id <=> j.account_id, NULL, 'account_id'), IF(o.items_n <=> j.items_n, NULL, 'items_n'),
                             IF(o.items_total <=> j.items_total, NULL, 'items_total'),
                             IF(o.discount_total <=> j.discount_total, NULL, 'discount_total'),
                             IF(o.shipping_total <=> j.shipping_total, NULL, 'shipping_total'),
                             IF(o.tax_total <=> j.tax_total, NULL, 'tax_total'),
                             IF(o.tax_included <=> j.tax_included, NULL, 'tax_included'), IF(o.total <=> j.total, NULL, 'total'),
                             IF(o.currency COLLATE utf8mb4_bin <=> j.currency, NULL, 'currency'),
                             IF(o.shipping_method <=> j.shipping_method, NULL, 'shipping_method'),
                             IF(CONCAT(REPLACE(o.created_at, ' ', 'T'), 'Z') COLLATE utf8mb4_bin <=> j.created_at, NULL, 'created_at'),
                             IF(o.title COLLATE utf8mb4_bin <=> j.title, NULL, 'title'),
                             IF(o.note COLLATE utf8mb4_bin <=> j.note, NULL, 'note'),
                             IF(o.email COLLATE utf8mb4_bin <=> j.email, NULL, 'email'),
                             IF(CAST(o.address AS CHAR) COLLATE utf8mb4_bin <=> CAST(j.address AS CHAR), NULL,
                                IF(JSON_CONTAINS(o.address, j.address) AND JSON_CONTAINS(j.address, o.address), NULL,
                                   'address'))) AS differs
              FROM orders o
              JOIN order_event e ON e.order_id = o.order_id AND e.seq = 1
                   AND COALESCE(CAST(JSON_EXTRACT(
                           e.data, '$.account_id', '$.address', '$.note', '$.email', '$.title', '$.items_n', '$.items_total',
                           '$.discount_total', '$.shipping_total', '$.tax_total', '$.tax_included', '$.shipping_method',
                           '$.total', '$.currency', '$.created_at') AS CHAR), '') COLLATE utf8mb4_bin
                       <> CONCAT('["', o.account_id, '", ', JSON_EXTRACT(o.address, '$'), ', ',
                                 COALESCE(JSON_QUOTE(o.note), 'null'), ', ', COALESCE(JSON_QUOTE(o.email), 'null'), ', ',
                                 JSON_QUOTE(o.title), ', ', o.items_n, ', ', o.items_total, ', ', o.discount_total, ', ',
                                 o.shipping_total, ', ', o.tax_total, ', ', o.tax_included, ', ',
                                 COALESCE(CONCAT('"', o.shipping_method, '"'), 'null'), ', ', o.total, ', "', o.currency, '", "',
                                 REPLACE(o.created_at, ' ', 'T'), 'Z"]')
              JOIN JSON_TABLE(e.data, '$' COLUMNS (
                       account_id BIGINT PATH '$.account_id', items_n INT PATH '$.items_n',
                       items_total BIGINT PATH '$.items_total', discount_total BIGINT PATH '$.discount_total',
                       shipping_total BIGINT PATH '$.shipping_total', tax_total BIGINT PATH '$.tax_total',
                       tax_included BIGINT PATH '$.tax_included', total BIGINT PATH '$.total',
                       currency VARCHAR(8) PATH '$.currency', shipping_method BIGINT PATH '$.shipping_method',
                       created_at VARCHAR(32) PATH '$.created_at', title VARCHAR(255) PATH '$.title',
                       note VARCHAR(500) PATH '$.note', email VARCHAR(254) PATH '$.email', address JSON PATH '$.address')) j
             WHERE o.order_id > in_after AND o.order_id <= v_to
            HAVING differs <> ''
             LIMIT 100) b;

    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
