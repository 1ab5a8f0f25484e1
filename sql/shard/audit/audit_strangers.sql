-- audit_strangers: which ids of global stand on this shard as something else?
--
-- Parameters
--   in_items        LONGTEXT   JSON [{"id": "…", "name": "product"}, …], at most 5,000
-- Returns  one row: status INT, body JSON
--   200 {"violations": [{"rule": "twice", "key", …}]}
-- Errors   none
-- Locks    none
-- Example  CALL audit_strangers('[{"id": "1024", "name": "product"}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_strangers(in_items LONGTEXT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'ids that stand in global too'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', 'twice', 'key', CAST(b.id AS CHAR), 'id', CAST(b.id AS CHAR),
                                    'names', CONCAT(b.name, ' of global, ', b.here)))
      INTO v_items
      FROM (SELECT i.id, i.name,
                   CASE WHEN a.account_id IS NOT NULL THEN 'account' WHEN o.order_id IS NOT NULL THEN 'order'
                        WHEN p.payment_id IS NOT NULL THEN 'payment' WHEN s.shipment_id IS NOT NULL THEN 'shipment'
                        WHEN t.return_id IS NOT NULL THEN 'return'
                        ELSE 'address' END AS here
              FROM (SELECT j.id, j.name
                      FROM JSON_TABLE(in_items, '$[*]' COLUMNS (id BIGINT PATH '$.id', name VARCHAR(32) PATH '$.name')) j) i
              LEFT JOIN account a ON a.account_id = i.id
              LEFT JOIN orders o ON o.order_id = i.id
              LEFT JOIN payment p ON p.payment_id = i.id
              LEFT JOIN shipment s ON s.shipment_id = i.id
              LEFT JOIN order_return t ON t.return_id = i.id
              LEFT JOIN address d ON d.address_id = i.id
             WHERE a.account_id IS NOT NULL OR o.order_id IS NOT NULL OR p.payment_id IS NOT NULL
                OR s.shipment_id IS NOT NULL OR t.return_id IS NOT NULL OR d.address_id IS NOT NULL
             LIMIT 100) b;

    SELECT 200 AS status, CONCAT('{"violations": [', COALESCE(v_items, ''), ']}') AS body;
END
