-- order_deliver_due: orders that were shipped long ago and of which nobody has heard since are taken as DELIVERED.
--
-- Parameters
--   in_limit        BIGINT   orders at most, 1 … 500
--   in_seconds      BIGINT   how long ago
-- Returns  one row: status INT, body JSON
--   200 {"orders": n}
-- Errors   30014 conflict
-- Locks    orders (by due_at), shipment, order_event, outbox
-- Example  CALL order_deliver_due(200, 1209600);
--
-- Rows that others hold are left for the next time.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_deliver_due(in_limit BIGINT, in_seconds BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'SHIPPED long ago becomes DELIVERED'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_ids LONGTEXT;
    DECLARE v_orders BIGINT DEFAULT 0;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT COUNT(*), CONCAT('[', GROUP_CONCAT(order_id), ']') INTO v_orders, v_ids
      FROM (SELECT order_id
              FROM orders
             WHERE state = 'SHIPPED' AND due_at <= v_now - INTERVAL in_seconds SECOND
             ORDER BY due_at
             LIMIT in_limit
               FOR UPDATE SKIP LOCKED) due;

    IF v_orders > 0 THEN
        UPDATE JSON_TABLE(v_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
               STRAIGHT_JOIN shipment p ON p.order_id = i.order_id
           SET p.state = 'DELIVERED', p.delivered_at = v_now, p.version = p.version + 1
         WHERE p.state = 'SHIPPED' AND p.return_id IS NULL;
        UPDATE JSON_TABLE(v_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
               STRAIGHT_JOIN orders o ON o.order_id = i.order_id
           SET o.state = 'DELIVERED', o.delivered_at = v_now, o.due_at = v_now
         WHERE o.state = 'SHIPPED';
        IF ROW_COUNT() <> v_orders THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30014, MESSAGE_TEXT = 'conflict';
        END IF;
        CALL order_events_append(v_ids, 'order.delivered', '{"by": "timer"}');
    END IF;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('orders', v_orders + 0) AS body;
END
