-- payment_case_refund: books what a provider took although it is not what was asked, and promises all of it back. How much that
-- is the provider has said when souk asked it: a callback, which may say anything, books nothing.
--
-- Parameters
--   in_case_id      BIGINT   a case wrong_amount; the order's row is locked
--   in_refund_id    BIGINT   new id in its slot
-- Returns  nothing: called by payment_case_close
-- Errors   30604 payment.state: the case is none of this kind, the attempt is CAPTURED, or its provider has not said (yet) that
--          it took anything in the attempt's currency
-- Locks    payment, payment_case, the new rows of refund, ledger_entry, order_event and outbox
-- Example  CALL payment_case_refund(99, 100);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_case_refund(in_case_id BIGINT, in_refund_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a wrong amount goes back'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_payment_id, v_order_id, v_amount BIGINT;
    DECLARE v_channel VARCHAR(16);
    DECLARE v_currency VARCHAR(3);
    DECLARE v_ref VARCHAR(64);

    SELECT p.payment_id, p.order_id, p.channel, p.currency, p.taken, p.taken_ref
      INTO v_payment_id, v_order_id, v_channel, v_currency, v_amount, v_ref
      FROM payment_case c
      JOIN payment p ON p.payment_id = c.payment_id
     WHERE c.case_id = in_case_id AND c.kind = 'wrong_amount' AND p.state <> 'CAPTURED'
       FOR UPDATE;
    IF COALESCE(v_amount, 0) <= 0 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30604, MESSAGE_TEXT = 'payment.state: the provider has not said that it took anything';
    END IF;
    UPDATE payment
       SET state = 'CAPTURED', captured = v_amount, refund_due = 1, provider_ref = v_ref, captured_at = v_now, ended_at = v_now,
           due_at = NULL, version = version + 1
     WHERE payment_id = v_payment_id AND state <> 'CAPTURED';
    CALL payment_ended(v_order_id);
    UPDATE payment_case
       SET state = 'closed', note = 'booked with another case of the payment', closed_at = v_now, version = version + 1
     WHERE payment_id = v_payment_id AND kind = 'wrong_amount' AND state = 'open' AND case_id <> in_case_id;
    CALL ledger_post(v_payment_id, 'capture', CONCAT('channel:', v_channel), CONCAT('order:', v_order_id), v_amount,
                     v_currency, v_order_id);
    INSERT INTO refund (refund_id, payment_id, order_id, account_id, channel, state, amount, currency, cause, due_at, created_at)
    SELECT in_refund_id, payment_id, order_id, account_id, channel, 'REQUESTED', v_amount, currency, 'amount', v_now, v_now
      FROM payment
     WHERE payment_id = v_payment_id;
    CALL ledger_post(in_refund_id, 'refund', CONCAT('order:', v_order_id), CONCAT('refunds:', v_channel), v_amount,
                     v_currency, v_order_id);
    CALL order_event_append(v_order_id, 'payment.refund_due',
                            JSON_OBJECT('payment_id', CAST(v_payment_id AS CHAR), 'refund_id', CAST(in_refund_id AS CHAR),
                                        'channel', v_channel, 'amount', v_amount + 0, 'currency', v_currency));
END
