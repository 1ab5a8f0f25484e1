-- audit_order_parts: are the attempts, refunds, parcels and returns there that the events of an order tell of?
--
-- Parameters
--   in_after        BIGINT   order_id after which to begin; 0: at the start
--   in_limit        BIGINT   orders to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": order_id or null at the end, "violations": [{"rule": "part", "key", …}]}, at most 100 of them
--   part: an event tells that something was made which the order does not have, or has at another channel
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_order_parts(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_order_parts(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'what events of orders tell of'
BEGIN
    DECLARE v_items LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    CALL audit_order_range(in_after, in_limit, v_to, v_n);

    SELECT GROUP_CONCAT(JSON_OBJECT('rule', 'part', 'key', CONCAT(b.order_id, ' ', b.seq), 'order_id', CAST(b.order_id AS CHAR),
                                    'event', b.type, 'id', CAST(b.part_id AS CHAR)))
      INTO v_items
      FROM (SELECT e.order_id, e.seq, e.type, e.part_id
              FROM (SELECT order_id, seq, type, SUBSTRING_INDEX(type, '.', 1) AS part,
                           CAST(JSON_UNQUOTE(JSON_EXTRACT(data, CONCAT('$.', SUBSTRING_INDEX(type, '.', 1), '_id'))) AS SIGNED) AS part_id,
                           JSON_UNQUOTE(JSON_EXTRACT(data, '$.channel')) AS channel
                      FROM order_event
                     WHERE order_id > in_after AND order_id <= v_to
                       AND type IN ('payment.created', 'payment.submitted', 'payment.recorded', 'payment.refund_due',
                                    'refund.requested', 'shipment.created', 'return.requested')) e
              LEFT JOIN payment p ON e.part = 'payment' AND p.payment_id = e.part_id AND p.order_id = e.order_id
                                 AND p.channel = COALESCE(e.channel, p.channel)
              LEFT JOIN refund r ON e.part = 'refund' AND r.refund_id = e.part_id AND r.order_id = e.order_id
              LEFT JOIN shipment s ON e.part = 'shipment' AND s.shipment_id = e.part_id AND s.order_id = e.order_id
              LEFT JOIN order_return t ON e.part = 'return' AND t.return_id = e.part_id AND t.order_id = e.order_id
             WHERE COALESCE(p.payment_id, r.refund_id, s.shipment_id, t.return_id) IS NULL
             LIMIT 100) b;

    SELECT 200 AS status, audit_chunk_json(v_n, in_limit, v_to, v_items) AS body;
END
