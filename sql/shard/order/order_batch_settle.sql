-- order_batch_settle: orders of a batch that cost nothing are paid as they are placed: no provider, no attempt, nothing to book.
--
-- Parameters
--   in_now          DATETIME(3)   when the orders were placed
-- Returns  nothing: called by order_place inside its transaction, once the orders are written
-- Errors   none
-- Locks    orders (new in this transaction), the new rows of order_event and outbox
-- Example  CALL order_batch_settle(v_now);
--
-- As with a capture, the hold on the units loses its expiry. The event order.paid names no payment: there is none.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_batch_settle(in_now DATETIME(3))
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'orders that cost nothing are paid'
BEGIN
    DECLARE v_ids LONGTEXT;

    SELECT CONCAT('[', GROUP_CONCAT(order_id ORDER BY order_id), ']') INTO v_ids
      FROM b_request
     WHERE total = 0 AND error IS NULL AND status IS NULL;
    IF v_ids IS NOT NULL THEN
        UPDATE JSON_TABLE(v_ids, '$[*]' COLUMNS (order_id BIGINT PATH '$')) i
               STRAIGHT_JOIN orders o ON o.order_id = i.order_id
           SET o.state = 'PAID', o.paid_at = in_now, o.expires_at = NULL, o.due_at = NULL
         WHERE o.state = 'PENDING_PAYMENT' AND o.total = 0;
        IF ROW_COUNT() <> JSON_LENGTH(v_ids) THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30001, MESSAGE_TEXT = 'internal: an order that costs nothing is not paid';
        END IF;
        CALL order_events_append(v_ids, 'order.paid', '{"amount": 0}');
    END IF;
END
