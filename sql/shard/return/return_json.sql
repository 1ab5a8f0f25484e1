-- return_json: a return as its buyer and staff see it.
--
-- Parameters
--   in_return_id    BIGINT   the return
-- Returns  JSON object; NULL when there is no such return. amount: what is or was paid back
-- Errors   none
-- Locks    none
-- Example  SELECT return_json(6001);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION return_json(in_return_id BIGINT) RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a return as JSON'
BEGIN
    DECLARE v_items LONGTEXT;

    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_OBJECT('line', r.line, 'sku_id', CAST(r.sku_id AS CHAR),
                                                         'title', i.title, 'options_text', i.options_text, 'qty', r.qty,
                                                         'received', r.received, 'sellable', r.sellable)
                                             ORDER BY r.line), ''), ']')
      INTO v_items
      FROM return_item r
      JOIN order_item i ON i.order_id = r.order_id AND i.line = r.line
     WHERE r.return_id = in_return_id;
    RETURN (SELECT JSON_OBJECT('return_id', CAST(t.return_id AS CHAR), 'order_id', CAST(t.order_id AS CHAR), 'state', t.state,
                               'resolution', t.resolution, 'reason', t.reason, 'note', t.note,
                               'items', JSON_EXTRACT(v_items, '$'),
                               'amount', COALESCE(t.refund_amount, return_amount(t.return_id)), 'currency', o.currency,
                               'refund_id', CAST(t.refund_id AS CHAR), 'shipment_id', CAST(t.shipment_id AS CHAR),
                               'created_at', rfc3339(t.created_at), 'approved_at', rfc3339(t.approved_at),
                               'received_at', rfc3339(t.received_at), 'ended_at', rfc3339(t.ended_at),
                               'version', t.version)
              FROM order_return t
              JOIN orders o ON o.order_id = t.order_id
             WHERE t.return_id = in_return_id);
END
