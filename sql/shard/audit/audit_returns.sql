-- audit_returns: did what came back go on the shelf, and did each buyer get what the return says?
--
-- Parameters
--   in_after        BIGINT   return_id after which to begin; 0: at the start
--   in_limit        BIGINT   returns to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": return_id or null at the end, "violations": [{"rule", "key", …}]}, at most 100 of them
--   step: its times, refund or parcel are not those of its state, or it has no order or no line · line: of no return, of a line that
--   the order does not have, or counted though nothing was received · restock: the movements of a return are not its sellable
--   units · more: more units of a line came back than were shipped ·
--   refund: REFUNDED, and no refund of that amount · replacement: REPLACED without a parcel · held: a parcel with
--   replacements does not hold its units until it leaves
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_returns(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_returns(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'returns, restocks, replacements'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    SELECT COALESCE(MAX(c.id), in_after), COUNT(*) INTO v_to, v_n
      FROM (SELECT return_id AS id FROM order_return WHERE return_id > in_after ORDER BY return_id LIMIT in_limit) c;
    IF v_n < in_limit THEN
        SET v_to = 9223372036854775807;
    END IF;

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', b.rule, 'key', b.id, 'return_id', CAST(b.return_id AS CHAR), 'state', b.state,
                                    'should', CAST(b.should AS SIGNED), 'is', CAST(b.found AS SIGNED)))
      INTO v_items
      FROM (SELECT 'step' AS rule, CAST(t.return_id AS CHAR) AS id, t.return_id, t.state, 0 AS should, 0 AS found
              FROM order_return t
              LEFT JOIN orders o ON o.order_id = t.order_id
             WHERE t.return_id > in_after AND t.return_id <= v_to
               AND (o.order_id IS NULL OR NOT EXISTS (SELECT 1 FROM return_item r WHERE r.return_id = t.return_id)
                    OR CASE WHEN t.state IN ('REQUESTED', 'REJECTED') THEN t.approved_at IS NOT NULL
                            WHEN t.state <> 'WITHDRAWN' THEN t.approved_at IS NULL ELSE 0 END
                    OR (t.state IN ('RECEIVED', 'REFUNDED', 'REPLACED')) <> (t.received_at IS NOT NULL)
                    OR (t.state IN ('REFUNDED', 'REPLACED', 'REJECTED', 'WITHDRAWN')) <> (t.ended_at IS NOT NULL)
                    OR (t.state = 'REPLACED') <> (t.shipment_id IS NOT NULL)
                    OR (t.refund_id IS NOT NULL) <> (COALESCE(t.refund_amount, 0) > 0))
             UNION ALL
            SELECT 'line', CONCAT(r.return_id, ' ', r.line), r.return_id, COALESCE(t.state, 'none'), COALESCE(i.qty, 0), r.qty
              FROM return_item r
              LEFT JOIN order_return t ON t.return_id = r.return_id AND t.order_id = r.order_id
              LEFT JOIN order_item i ON i.order_id = r.order_id AND i.line = r.line AND i.sku_id = r.sku_id AND i.pool = r.pool
             WHERE r.return_id > in_after AND r.return_id <= v_to
               AND (t.return_id IS NULL OR i.order_id IS NULL OR (r.received IS NULL) <> (t.received_at IS NULL)
                    OR (r.sellable IS NULL) <> (r.received IS NULL))
             UNION ALL
            SELECT 'restock', CONCAT(t.return_id, ' ', r.line), t.return_id, t.state,
                   COALESCE(r.sellable, 0) AS wanted, COALESCE(SUM(m.on_hand_change), 0) AS came
              FROM order_return t
              JOIN return_item r ON r.return_id = t.return_id
              LEFT JOIN stock_movement m ON m.sku_id = r.sku_id AND m.pool = r.pool AND m.reference = r.return_id
                                        AND m.reason = 'restock'
             WHERE t.return_id > in_after AND t.return_id <= v_to
             GROUP BY t.return_id, r.line, t.state, r.sellable
            HAVING came <> wanted
             UNION ALL
            SELECT 'more', CONCAT(r.order_id, ' ', r.line), t.return_id, t.state, 0, return_left(r.order_id, r.line) AS left_n
              FROM order_return t
              JOIN return_item r ON r.return_id = t.return_id
             WHERE t.return_id > in_after AND t.return_id <= v_to
            HAVING left_n < 0
             UNION ALL
            SELECT 'refund', CAST(t.return_id AS CHAR), t.return_id, t.state, COALESCE(t.refund_amount, 0), COALESCE(f.amount, 0)
              FROM order_return t
              LEFT JOIN refund f ON f.refund_id = t.refund_id AND f.order_id = t.order_id
             WHERE t.return_id > in_after AND t.return_id <= v_to
               AND ((t.state = 'REFUNDED') <> (t.refund_amount IS NOT NULL) OR COALESCE(t.refund_amount, 0) <> COALESCE(f.amount, 0))
             UNION ALL
            SELECT 'replacement', CAST(t.return_id AS CHAR), t.return_id, t.state, 1, COUNT(p.shipment_id) AS parcels
              FROM order_return t
              LEFT JOIN shipment p ON p.shipment_id = t.shipment_id AND p.return_id = t.return_id AND p.state <> 'CANCELLED'
             WHERE t.return_id > in_after AND t.return_id <= v_to
             GROUP BY t.return_id, t.state
            HAVING parcels <> (t.state = 'REPLACED')
             UNION ALL
            SELECT 'held', CONCAT(h.shipment_id, ' ', h.line), h.return_id, h.state, IF(h.state = 'READY', h.qty, 0), h.held
              FROM (SELECT t.return_id, p.shipment_id, s.line, p.state, s.qty, COALESCE(SUM(m.reserved_change), 0) AS held
                      FROM order_return t
                      JOIN shipment p ON p.order_id = t.order_id AND p.return_id = t.return_id
                      JOIN shipment_item s ON s.shipment_id = p.shipment_id
                      LEFT JOIN stock_movement m ON m.sku_id = s.sku_id AND m.pool = s.pool AND m.reference = p.shipment_id
                     WHERE t.return_id > in_after AND t.return_id <= v_to
                     GROUP BY t.return_id, p.shipment_id, s.line, p.state, s.qty) h
             WHERE h.held <> IF(h.state = 'READY', h.qty, 0)
             LIMIT 100) b;
    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
