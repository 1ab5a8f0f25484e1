-- order_close_begin: takes unpaid orders whose time is over out of payment; from then on no attempt opens.
--
-- Parameters
--   in_limit        BIGINT   orders at most, 1 … 500
-- Returns  one row: status INT, body JSON
--   200 {"closing": n}
-- Errors   30014 conflict
-- Locks    orders (by due_at), order_event, outbox, payment
-- Example  CALL order_close_begin(100);
--
-- An order is left alone while an attempt is being opened (payment.lease_until). An attempt that commits while this runs
-- is closed all the same, and seen by order_close_each: CLOSING harms nobody. Rows that others hold are left for later.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_close_begin(in_limit BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'expired orders become CLOSING'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_ids LONGTEXT;
    DECLARE v_closing BIGINT DEFAULT 0;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT COUNT(*), CONCAT('[', GROUP_CONCAT(order_id), ']') INTO v_closing, v_ids
      FROM (SELECT o.order_id
              FROM orders o
             WHERE o.state = 'PENDING_PAYMENT' AND o.due_at <= v_now
               AND NOT EXISTS (SELECT 1 FROM payment p
                                WHERE p.order_id = o.order_id AND p.state IN ('CREATED', 'SUBMITTED', 'AUTHORISED')
                                  AND p.lease_until > v_now)
             ORDER BY o.due_at
             LIMIT in_limit
               FOR UPDATE SKIP LOCKED) due;

    IF v_closing > 0 THEN
        UPDATE JSON_TABLE(v_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
               STRAIGHT_JOIN orders o ON o.order_id = i.order_id
           SET o.state = 'CLOSING', o.closing_at = v_now, o.due_at = v_now
         WHERE o.state = 'PENDING_PAYMENT';
        IF ROW_COUNT() <> v_closing THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30014, MESSAGE_TEXT = 'conflict';
        END IF;
        CALL order_events_append(v_ids, 'order.closing', '{"reason": "not paid in time"}');
        CALL payment_close_soon(v_ids);
    END IF;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('closing', v_closing + 0) AS body;
END
