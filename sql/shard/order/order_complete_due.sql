-- order_complete_due: orders that were delivered long ago are COMPLETED.
--
-- Parameters
--   in_limit        BIGINT   orders at most, 1 … 500
--   in_seconds      BIGINT   how long ago
-- Returns  one row: status INT, body JSON
--   200 {"orders": n}
-- Errors   30014 conflict
-- Locks    orders (by due_at), order_event, outbox
-- Example  CALL order_complete_due(200, 604800);
--
-- Rows that others hold are left for the next time.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_complete_due(in_limit BIGINT, in_seconds BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'DELIVERED long ago becomes COMPLETED'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_ids LONGTEXT;
    DECLARE v_orders BIGINT DEFAULT 0;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT COUNT(*), CONCAT('[', GROUP_CONCAT(order_id), ']') INTO v_orders, v_ids
      FROM (SELECT order_id
              FROM orders
             WHERE state = 'DELIVERED' AND due_at <= v_now - INTERVAL in_seconds SECOND
             ORDER BY due_at
             LIMIT in_limit
               FOR UPDATE SKIP LOCKED) due;

    IF v_orders > 0 THEN
        UPDATE JSON_TABLE(v_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
               STRAIGHT_JOIN orders o ON o.order_id = i.order_id
           SET o.state = 'COMPLETED', o.completed_at = v_now, o.due_at = NULL
         WHERE o.state = 'DELIVERED';
        IF ROW_COUNT() <> v_orders THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30014, MESSAGE_TEXT = 'conflict';
        END IF;
        CALL order_events_append(v_ids, 'order.completed', '{"by": "timer"}');
    END IF;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('orders', v_orders + 0) AS body;
END
