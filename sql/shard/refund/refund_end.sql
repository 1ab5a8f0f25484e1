-- refund_end: a refund that is under way has ended: its promise is kept, or given back to the order.
--
-- Parameters
--   in_refund_id    BIGINT        the refund, REQUESTED or SUBMITTED; the row of its order is locked
--   in_state        VARCHAR(12)   SUCCEEDED or FAILED
--   in_provider_ref VARCHAR(64)   the provider's number of it; NULL: none
--   in_reason       VARCHAR(190)  FAILED: why
--   in_case_id      BIGINT        FAILED: new id in the refund's slot, for the person who is called
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   1062, when it has ended before
-- Locks    refund, ledger_entry, payment_case, order_event, outbox; order_cancel_finish
-- Example  CALL refund_end(9876, 'SUCCEEDED', 'sbx_r1', NULL, 77);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE refund_end(
    in_refund_id BIGINT, in_state VARCHAR(12), in_provider_ref VARCHAR(64), in_reason VARCHAR(190), in_case_id BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a refund ends'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_order_id, v_payment_id, v_amount BIGINT;
    DECLARE v_channel VARCHAR(16);
    DECLARE v_currency VARCHAR(3);

    SELECT order_id, payment_id, channel, amount, currency INTO v_order_id, v_payment_id, v_channel, v_amount, v_currency
      FROM refund
     WHERE refund_id = in_refund_id;
    UPDATE refund
       SET state = in_state, provider_ref = in_provider_ref, failure = IF(in_state = 'FAILED', in_reason, NULL),
           ended_at = v_now, due_at = NULL, version = version + 1
     WHERE refund_id = in_refund_id AND state IN ('REQUESTED', 'SUBMITTED');
    IF in_state = 'SUCCEEDED' THEN
        CALL ledger_post(in_refund_id, 'refund_paid', CONCAT('refunds:', v_channel), CONCAT('channel:', v_channel),
                         v_amount, v_currency, v_order_id);
    ELSE
        CALL ledger_post(in_refund_id, 'refund_failed', CONCAT('refunds:', v_channel), CONCAT('order:', v_order_id),
                         v_amount, v_currency, v_order_id);
        INSERT INTO payment_case (case_id, kind, reference, channel, order_id, payment_id, refund_id, data, state, created_at)
        VALUES (in_case_id, 'refund_failed', in_refund_id, v_channel, v_order_id, v_payment_id, in_refund_id,
                JSON_OBJECT('amount', v_amount + 0, 'currency', v_currency, 'why', in_reason), 'open', v_now);
    END IF;
    CALL payment_case_end('refund_stuck', in_refund_id, 'the provider has ended it');
    CALL order_event_append(v_order_id, IF(in_state = 'SUCCEEDED', 'refund.succeeded', 'refund.failed'),
                            JSON_OBJECT('refund_id', CAST(in_refund_id AS CHAR), 'amount', v_amount + 0,
                                        'currency', v_currency));
    CALL order_cancel_finish(v_order_id);
END
