-- audit_reserving: does every movement belong to what it says it was made for?
--
-- Parameters
--   in_after        BIGINT   sku_id after which to begin; 0: at the start
--   in_limit        BIGINT   rows of stock to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": sku_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   no_line: a movement reserves, releases or ships units for an order or a shipment that has no such line · no_transfer: it lends,
--   receives or corrects units in no transfer · no_return: it puts units back on the shelf that came with no return
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_reserving(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_reserving(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'movements of nothing'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    SELECT COALESCE(MAX(c.id), in_after), COUNT(*) INTO v_to, v_n
      FROM (SELECT sku_id AS id FROM stock WHERE sku_id > in_after ORDER BY sku_id LIMIT in_limit) c;
    IF v_n < in_limit THEN
        SET v_to = 9223372036854775807;
    END IF;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', b.rule, 'key', CONCAT(b.sku_id, ' ', b.pool, ' ', b.reference),
                                    'sku_id', CAST(b.sku_id AS CHAR), 'pool', b.pool, 'reference', CAST(b.reference AS CHAR),
                                    'reason', b.reason, 'on_hand', b.on_hand_change, 'reserved', b.reserved_change))
      INTO v_items
      FROM (SELECT m.sku_id, m.pool, m.reference, m.reason, m.on_hand_change, m.reserved_change,
                   CASE WHEN m.reason IN ('receive', 'lend', 'return', 'correct') THEN IF(t.transfer_id IS NULL, 'no_transfer', NULL)
                        WHEN m.reason = 'restock' THEN IF(r.return_id IS NULL, 'no_return', NULL)
                        WHEN m.reason <> 'allot' AND i.order_id IS NULL AND s.order_id IS NULL AND p.order_id IS NULL THEN 'no_line' END
                       AS rule
              FROM stock_movement m
              LEFT JOIN order_item i ON i.order_id = m.reference AND i.sku_id = m.sku_id AND i.pool = m.pool
              LEFT JOIN shipment_item s ON s.shipment_id = m.reference AND s.sku_id = m.sku_id AND s.pool = m.pool
              LEFT JOIN order_promotion p ON p.order_id = m.reference AND p.promotion_id = m.sku_id AND m.pool = 'coupon'
                                         AND p.quota = 1
              LEFT JOIN stock_transfer t ON m.reason IN ('receive', 'lend', 'return', 'correct') AND t.transfer_id = m.reference
                                        AND t.sku_id = m.sku_id AND t.pool = m.pool
              LEFT JOIN return_item r ON m.reason = 'restock' AND r.return_id = m.reference AND r.sku_id = m.sku_id AND r.pool = m.pool
             WHERE m.sku_id > in_after AND m.sku_id <= v_to
            HAVING rule IS NOT NULL
             LIMIT 100) b;
    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
