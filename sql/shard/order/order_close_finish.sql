-- order_close_finish: ends an order that is CLOSING once no attempt to pay it is open; else looks again later.
--
-- Parameters
--   in_order_id     BIGINT   the order
-- Returns  one row: status INT, body JSON
--   200 {"order_id": "…", "state": "CLOSED" | "CLOSING" | "PAID"}; CLOSING: due again in 1, 2, 4 … 300 seconds
-- Errors   30004 not_found · 30015 slot.moved
-- Locks    slot_owner, orders (by id), order_event, outbox, stock (by sku_id), stock_movement, payment_case
-- Example  CALL order_close_finish(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_close_finish(in_order_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'CLOSING becomes CLOSED, or is looked at later'
BEGIN
    DECLARE v_state VARCHAR(20);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_order_id);
    SELECT state INTO v_state FROM orders WHERE order_id = in_order_id FOR UPDATE;
    IF v_state IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such order';
    ELSEIF v_state = 'CLOSING' THEN
        IF EXISTS (SELECT 1 FROM payment WHERE order_id = in_order_id AND state IN ('CREATED', 'SUBMITTED', 'AUTHORISED')) THEN
            UPDATE orders
               SET tries = tries + 1, due_at = UTC_TIMESTAMP(3) + INTERVAL LEAST(POW(2, LEAST(tries, 9)), 300) SECOND
             WHERE order_id = in_order_id AND state = 'CLOSING';
        ELSE
            CALL order_close(in_order_id);
            CALL payment_case_end('order_stuck', in_order_id, 'the order is closed');
            SET v_state = 'CLOSED';
        END IF;
    END IF;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('order_id', CAST(in_order_id AS CHAR), 'state', v_state) AS body;
END
