-- audit_slots: do all ids lie in slots that this shard serves, and does each name one thing?
--
-- Parameters
--   in_after        BIGINT   id after which to begin; 0: at the start
--   in_limit        BIGINT   ids to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   slot: in a slot of another shard · twice: two things of this shard have the same id
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_slots(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_slots(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'ids and slots'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    SELECT COALESCE(MAX(c.id), in_after), COUNT(*) INTO v_to, v_n
      FROM (SELECT a.id
              FROM ((SELECT account_id AS id FROM account WHERE account_id > in_after ORDER BY account_id LIMIT in_limit)
                    UNION ALL
                    (SELECT order_id FROM orders WHERE order_id > in_after ORDER BY order_id LIMIT in_limit)
                    UNION ALL
                    (SELECT payment_id FROM payment WHERE payment_id > in_after ORDER BY payment_id LIMIT in_limit)
                    UNION ALL
                    (SELECT address_id FROM address WHERE address_id > in_after ORDER BY address_id LIMIT in_limit)
                    UNION ALL
                    (SELECT return_id FROM order_return WHERE return_id > in_after ORDER BY return_id LIMIT in_limit)
                    UNION ALL
                    (SELECT shipment_id FROM shipment WHERE shipment_id > in_after ORDER BY shipment_id LIMIT in_limit)
                    UNION ALL
                    (SELECT session_id FROM session_family WHERE session_id > in_after ORDER BY session_id LIMIT in_limit)) a
             ORDER BY a.id
             LIMIT in_limit) c;
    IF v_n < in_limit THEN
        SET v_to = 9223372036854775807;
    END IF;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', IF(b.n > 1, 'twice', 'slot'), 'key', CAST(b.id AS CHAR),
                                    'id', CAST(b.id AS CHAR), 'slot', b.id & 255, 'names', b.names))
      INTO v_items
      FROM (SELECT u.id, COUNT(*) AS n, GROUP_CONCAT(u.name) AS names, MAX(s.slot) AS slot
              FROM (SELECT account_id AS id, 'account' AS name FROM account WHERE account_id > in_after AND account_id <= v_to
                     UNION ALL SELECT order_id, 'order' FROM orders WHERE order_id > in_after AND order_id <= v_to
                     UNION ALL SELECT payment_id, 'payment' FROM payment WHERE payment_id > in_after AND payment_id <= v_to
                     UNION ALL SELECT address_id, 'address' FROM address WHERE address_id > in_after AND address_id <= v_to
                     UNION ALL SELECT return_id, 'return' FROM order_return WHERE return_id > in_after AND return_id <= v_to
                     UNION ALL SELECT shipment_id, 'shipment' FROM shipment WHERE shipment_id > in_after AND shipment_id <= v_to
                     UNION ALL SELECT session_id, 'session' FROM session_family
                                WHERE session_id > in_after AND session_id <= v_to) u
              LEFT JOIN slot_owner s ON s.slot = u.id & 255
             GROUP BY u.id
            HAVING n > 1 OR slot IS NULL
             LIMIT 100) b;
    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
