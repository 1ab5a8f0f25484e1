-- refund_request: promises the buyer of an order money back, all that is left or a part; the worker sees it through.
--
-- Parameters
--   in_order_id      BIGINT        the order
--   in_refund_id     BIGINT        new id in the account's slot
--   in_amount        BIGINT        minor units; NULL: all that is left
--   in_cause         VARCHAR(16)   staff, cancel, return, rest
--   in_reason        VARCHAR(255)  what the buyer reads; NULL: nothing
--   in_requested_by  BIGINT        account of the staff; NULL: souk itself or the buyer
--   out_amount       BIGINT        what goes back
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30004 not_found · 30607 refund.exceeds: <left> · 30608 refund.nothing
-- Locks    orders (by id), payment, then the new rows of refund, ledger_entry, order_event, outbox
-- Example  CALL refund_request(1234, 9876, NULL, 'return', 'Damaged', 42, v_amount);
--
-- For whoever gives money back in a transaction of their own, as a return does. The promise is booked at once (the order's
-- account pays, refunds:<channel> owes), so the sum of all refunds never exceeds what was captured, whoever asks at the same
-- time. refund_done books the end; a caller that waits for it reads refund.state, or acts in refund_done's transaction.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE refund_request(
    in_order_id BIGINT, in_refund_id BIGINT, in_amount BIGINT, in_cause VARCHAR(16), in_reason VARCHAR(255),
    in_requested_by BIGINT, OUT out_amount BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'promises money back'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_account_id, v_payment_id, v_left BIGINT;
    DECLARE v_channel VARCHAR(16);
    DECLARE v_currency VARCHAR(3);
    DECLARE v_message VARCHAR(128);

    SELECT account_id INTO v_account_id FROM orders WHERE order_id = in_order_id FOR UPDATE;
    IF v_account_id IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such order';
    END IF;
    -- Staff repeat a refund that failed, so for them the capture that was to go back as a whole comes first. Whoever gives back
    -- what the order cost takes it from the capture that paid it.
    SELECT p.payment_id, p.channel, p.currency, p.captured - COALESCE(SUM(r.amount), 0) AS still
      INTO v_payment_id, v_channel, v_currency, v_left
      FROM payment p
      LEFT JOIN refund r ON r.payment_id = p.payment_id AND r.state <> 'FAILED'
     WHERE p.order_id = in_order_id AND p.state = 'CAPTURED'
     GROUP BY p.payment_id, p.channel, p.currency, p.captured, p.refund_due, p.captured_at
    HAVING still > 0
     ORDER BY IF(in_cause = 'staff', 1 - p.refund_due, p.refund_due), p.captured_at
     LIMIT 1;
    SET out_amount = COALESCE(in_amount, v_left);
    IF COALESCE(v_left, 0) <= 0 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30608, MESSAGE_TEXT = 'refund.nothing: nothing is left of what was paid';
    ELSEIF out_amount > v_left THEN
        SET v_message = CONCAT('refund.exceeds: ', v_left, ' ', v_currency, ' are left');
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30607, MESSAGE_TEXT = v_message;
    END IF;

    INSERT INTO refund (refund_id, payment_id, order_id, account_id, channel, state, amount, currency, cause, reason,
                        requested_by, due_at, created_at)
    VALUES (in_refund_id, v_payment_id, in_order_id, v_account_id, v_channel, 'REQUESTED', out_amount, v_currency, in_cause,
            in_reason, in_requested_by, v_now, v_now);
    CALL ledger_post(in_refund_id, 'refund', CONCAT('order:', in_order_id), CONCAT('refunds:', v_channel), out_amount,
                     v_currency, in_order_id);
    CALL order_event_append(in_order_id, 'refund.requested',
                            JSON_OBJECT('refund_id', CAST(in_refund_id AS CHAR), 'amount', out_amount + 0,
                                        'currency', v_currency, 'cause', in_cause));
END
