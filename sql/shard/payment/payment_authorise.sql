-- payment_authorise: records that the buyer has agreed to an attempt and its provider has yet to take the money; the worker
-- asks it to.
--
-- Parameters as payment_decline.
-- Returns  200 and {event_id, payment_id}, the same for every repetition
-- Errors   30004 not_found · 30603 payment.mismatch (nothing is changed) · 30015 slot.moved
-- Locks    slot_owner, orders, payment, payment_callback, order_event, outbox
-- Example  CALL payment_authorise(5678, 'sandbox', 1234, 4599, 'EUR', 'evt_2', 'sbx_1');
--
-- What comes after the attempt has ended changes nothing.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_authorise(
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
    DECLARE v_takes TINYINT;
    DECLARE v_order_id BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL payment_event_admit(in_payment_id, in_channel, in_order_id, in_amount, in_currency, in_event_id, in_provider_ref,
                             'authorised', 'CREATED,SUBMITTED', v_takes, v_order_id);
    IF v_takes THEN
        UPDATE payment
           SET state = 'AUTHORISED', provider_ref = in_provider_ref, due_at = v_now, tries = 0, version = version + 1
         WHERE payment_id = in_payment_id AND state IN ('CREATED', 'SUBMITTED');
        CALL order_event_append(v_order_id, 'payment.authorised', JSON_OBJECT('payment_id', CAST(in_payment_id AS CHAR),
                                                                              'channel', in_channel));
    END IF;
    COMMIT;
    SELECT 200 AS status, JSON_OBJECT('event_id', in_event_id, 'payment_id', CAST(in_payment_id AS CHAR)) AS body;
END
