-- order_closing_take: orders that are CLOSING and due, to be ended if no attempt to pay them is open.
--
-- Parameters
--   in_limit        BIGINT   orders at most, 1 … 500
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"order_id": "…", "closing_s": so long}]}
-- Errors   none
-- Locks    orders that nobody holds (SKIP LOCKED); it waits for none
-- Example  CALL order_closing_take(100);
--
-- Each is due again in 1, 2, 4 … 300 seconds, whatever becomes of the worker.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_closing_take(in_limit BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'orders to be closed'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_ids, v_items LONGTEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT CONCAT('[', GROUP_CONCAT(due.order_id), ']'),
           GROUP_CONCAT(JSON_OBJECT('order_id', CAST(due.order_id AS CHAR), 'closing_s', TIMESTAMPDIFF(SECOND, due.closing_at, v_now)))
      INTO v_ids, v_items
      FROM (SELECT order_id, closing_at
              FROM orders
             WHERE state = 'CLOSING' AND due_at <= v_now
             ORDER BY due_at
             LIMIT in_limit
               FOR UPDATE SKIP LOCKED) due;
    IF v_ids IS NOT NULL THEN
        UPDATE JSON_TABLE(v_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
               STRAIGHT_JOIN orders o ON o.order_id = i.order_id
           SET o.due_at = v_now + INTERVAL LEAST(300, POW(2, LEAST(o.tries, 9))) SECOND, o.tries = o.tries + 1;
    END IF;
    COMMIT;

    SELECT 200 AS status, CONCAT('{"items": [', COALESCE(v_items, ''), ']}') AS body;
END
