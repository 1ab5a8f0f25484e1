-- audit_idempotency: does every stored answer name an order that is there, and each order stand in one of them only?
--
-- Parameters
--   in_after        BIGINT   account_id after which to begin; 0: at the start
--   in_limit        BIGINT   records to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": account_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   order: an answer of order_place names an order that this account does not have · twice: two keys answer with one order ·
--   forgotten: no key answers with an order of the last 23 hours: its buyer, asking again, would get another one
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_idempotency(0, 1000);
--
-- DISTINCT has the server keep the answers of a chunk in a table with an index, instead of reading an account's again for each of
-- its orders.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_idempotency(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'stored answers and orders'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;
    DECLARE v_recent BIGINT DEFAULT order_search_id(UTC_TIMESTAMP(3) - INTERVAL 23 HOUR);

    SELECT COALESCE(MAX(c.id), in_after), COUNT(*) INTO v_to, v_n
      FROM (SELECT account_id AS id FROM idempotency WHERE account_id > in_after ORDER BY account_id LIMIT in_limit) c;
    IF v_n < in_limit THEN
        SET v_to = 9223372036854775807;
    END IF;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', CASE WHEN b.n = 0 THEN 'forgotten' WHEN b.there = 0 THEN 'order' ELSE 'twice' END, 'key', CONCAT(b.account_id, ' ', b.order_id),
                                    'account_id', CAST(b.account_id AS CHAR), 'order_id', b.order_id, 'keys', b.names))
      INTO v_items
      FROM (SELECT r.account_id, r.order_id, COUNT(o.order_id) AS there, COUNT(*) AS n,
                   LEFT(GROUP_CONCAT(r.idempotency_key), 600) AS names
              FROM (SELECT account_id, idempotency_key, JSON_UNQUOTE(JSON_EXTRACT(body, '$.order_id')) AS order_id
                      FROM idempotency
                     WHERE account_id > in_after AND account_id <= v_to AND route = 'order_place' AND status = 201) r
              LEFT JOIN orders o ON o.order_id = CAST(r.order_id AS SIGNED) AND o.account_id = r.account_id
             GROUP BY r.account_id, r.order_id
            HAVING there = 0 OR n > 1
             UNION ALL
            SELECT o.account_id, CAST(o.order_id AS CHAR), 1, 0, ''
              FROM orders o
              LEFT JOIN (SELECT DISTINCT account_id, CAST(JSON_UNQUOTE(JSON_EXTRACT(body, '$.order_id')) AS SIGNED) AS order_id
                           FROM idempotency
                          WHERE account_id > in_after AND account_id <= v_to AND route = 'order_place' AND status = 201) r
                     ON r.order_id = o.order_id AND r.account_id = o.account_id
             WHERE o.account_id > in_after AND o.account_id <= v_to AND o.order_id > v_recent AND r.order_id IS NULL
             LIMIT 100) b;
    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
