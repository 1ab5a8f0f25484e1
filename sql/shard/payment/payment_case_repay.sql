-- payment_case_repay: the provider did not make a refund, and a person has given the money back past it: cash, a transfer.
--
-- Parameters
--   in_case_id      BIGINT   a case refund_failed; the order's row is locked
--   in_refund_id    BIGINT   new id in its slot
--   in_account_id   BIGINT   account of the staff
-- Returns  nothing: called by payment_case_close
-- Errors   30604 payment.state: the case is none of this kind, or what failed has been promised again since
-- Locks    the new rows of refund, ledger_entry, order_event and outbox; as refund_end
-- Example  CALL payment_case_repay(99, 100, 42);
--
-- What failed stays FAILED, as the provider says. This is another refund of the same capture, of the channel "manual": no statement
-- of the provider's has it.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_case_repay(
    in_case_id BIGINT, in_refund_id BIGINT, in_account_id BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'money given back past the provider'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_order_id, v_amount BIGINT;
    DECLARE v_currency VARCHAR(3);

    INSERT INTO refund (refund_id, payment_id, order_id, account_id, channel, state, amount, currency, cause, reason, requested_by,
                        created_at)
    SELECT in_refund_id, r.payment_id, r.order_id, r.account_id, 'manual', 'REQUESTED', r.amount, r.currency, r.cause, r.reason,
           in_account_id, v_now
      FROM payment_case c
      JOIN refund r ON r.refund_id = c.refund_id AND r.state = 'FAILED'
      JOIN payment p ON p.payment_id = r.payment_id
     WHERE c.case_id = in_case_id AND c.kind = 'refund_failed'
       AND r.amount <= p.captured - (SELECT COALESCE(SUM(o.amount), 0) FROM refund o
                                      WHERE o.payment_id = r.payment_id AND o.state <> 'FAILED');
    IF ROW_COUNT() = 0 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30604, MESSAGE_TEXT = 'payment.state: nothing that failed is left to be given back';
    END IF;
    SELECT order_id, amount, currency INTO v_order_id, v_amount, v_currency FROM refund WHERE refund_id = in_refund_id;
    CALL ledger_post(in_refund_id, 'refund', CONCAT('order:', v_order_id), 'refunds:manual', v_amount, v_currency, v_order_id);
    CALL order_event_append(v_order_id, 'refund.requested',
                            JSON_OBJECT('refund_id', CAST(in_refund_id AS CHAR), 'amount', v_amount + 0, 'currency', v_currency,
                                        'cause', (SELECT cause FROM refund WHERE refund_id = in_refund_id)));
    CALL refund_end(in_refund_id, 'SUCCEEDED', NULL, NULL, NULL);
END
