-- payment_capture: records that a provider has the money of an attempt, however often and in whatever order it says so.
--
-- in_payment_id, in_channel               the attempt
-- in_order_id, in_amount, in_currency     as the provider said them; all must be what was opened
-- in_event_id                             the provider's id of the event
-- in_provider_ref                         the provider's number of the transaction
-- Returns  200 and {event_id, payment_id}, the same for every repetition
-- Errors   30004 not_found · 30603 payment.mismatch (nothing is changed) · 30015 slot.moved
-- Locks    slot_owner, orders, payment, payment_callback, ledger_entry, order_event, outbox
-- Example  CALL payment_capture(5678, 'sandbox', 1234, 4599, 'EUR', 'evt_1', 'sbx_1');
--
-- The first capture of an order that is PENDING_PAYMENT or CLOSING pays it and takes away its expiry. Any other capture is
-- booked all the same, for the money is there, and marked refund_due; the order stays as it is and is never reopened.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_capture(
    IN in_payment_id BIGINT,
    IN in_channel VARCHAR(16),
    IN in_order_id BIGINT,
    IN in_amount BIGINT,
    IN in_currency VARCHAR(3),
    IN in_event_id VARCHAR(64),
    IN in_provider_ref VARCHAR(64)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_new, v_refund_due TINYINT;
    DECLARE v_payment_state VARCHAR(12);
    DECLARE v_order_state VARCHAR(20);
    DECLARE v_data LONGTEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_payment_id);
    CALL payment_event_admit(in_payment_id, in_channel, in_order_id, in_amount, in_currency, in_event_id,
                             v_new, v_payment_state, v_order_state);
    SET v_refund_due = v_order_state NOT IN ('PENDING_PAYMENT', 'CLOSING');
    IF v_new THEN
        INSERT INTO payment_callback (channel, event_id, payment_id, said, outcome, provider_ref, received_at)
        VALUES (in_channel, in_event_id, in_payment_id, 'captured',
                CASE WHEN v_payment_state = 'CAPTURED' THEN 'ignored' WHEN v_refund_due THEN 'refund_due' ELSE 'paid' END,
                in_provider_ref, v_now);
    END IF;
    IF v_new AND v_payment_state <> 'CAPTURED' THEN
        UPDATE payment
           SET state = 'CAPTURED', refund_due = v_refund_due, provider_ref = in_provider_ref, reason = NULL,
               captured_at = v_now, ended_at = v_now, version = version + 1
         WHERE payment_id = in_payment_id AND state <> 'CAPTURED';
        CALL ledger_post(in_payment_id, 'capture', CONCAT('channel:', in_channel), CONCAT('order:', in_order_id),
                         in_amount, in_currency, in_order_id);
        SET v_data = JSON_OBJECT('payment_id', CAST(in_payment_id AS CHAR), 'channel', in_channel, 'amount', in_amount + 0,
                                 'currency', in_currency);
        IF v_refund_due THEN
            CALL order_event_append(in_order_id, 'payment.refund_due', v_data);
        ELSE
            UPDATE orders
               SET state = 'PAID', paid_at = v_now, expires_at = NULL, due_at = NULL
             WHERE order_id = in_order_id AND state IN ('PENDING_PAYMENT', 'CLOSING');
            CALL order_event_append(in_order_id, 'order.paid', v_data);
        END IF;
    END IF;
    COMMIT;
    SELECT 200 AS status, JSON_OBJECT('event_id', in_event_id, 'payment_id', CAST(in_payment_id AS CHAR)) AS body;
END
