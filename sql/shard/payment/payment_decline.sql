-- payment_decline: records that a provider refused an attempt. The order stays as it is; another attempt may be opened.
--
-- in_payment_id, in_channel               the attempt
-- in_order_id, in_amount, in_currency     as the provider said them; all must be what was opened; an order NULL: it did not say
-- in_event_id                             the provider's id of the event
-- in_provider_ref                         the provider's number of the transaction
-- in_code                                 the provider's own word for why; NULL: it gives none, and what it said of the last try stays
-- Returns  200 and {event_id, payment_id}, the same for every repetition
-- Errors   30004 not_found · 30603 payment.mismatch (nothing is changed) · 30015 slot.moved
-- Locks    slot_owner, orders, payment, payment_callback, payment_case, order_event, outbox
-- Example  CALL payment_decline(5678, 'sandbox', 1234, 4599, 'EUR', 'evt_2', 'sbx_1', 'insufficient_funds');
--
-- A decline that comes after a capture or after the end of the attempt changes nothing.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_decline(
    IN in_payment_id BIGINT,
    IN in_channel VARCHAR(16),
    IN in_order_id BIGINT,
    IN in_amount BIGINT,
    IN in_currency VARCHAR(3),
    IN in_event_id VARCHAR(64),
    IN in_provider_ref VARCHAR(64),
    IN in_code VARCHAR(64)
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
                             'declined', 'CREATED,SUBMITTED,AUTHORISED', v_takes, v_order_id);
    IF v_takes THEN
        UPDATE payment
           SET state = 'FAILED', provider_ref = in_provider_ref, reason = 'declined',
               decline_code = COALESCE(in_code, decline_code), ended_at = v_now, due_at = NULL, version = version + 1
         WHERE payment_id = in_payment_id AND state IN ('CREATED', 'SUBMITTED', 'AUTHORISED');
        CALL payment_case_end('payment_stuck', in_payment_id, 'the provider has declined it');
        CALL payment_ended(v_order_id);
        CALL order_event_append(v_order_id, 'payment.failed', JSON_OBJECT('payment_id', CAST(in_payment_id AS CHAR),
                                                                           'channel', in_channel, 'reason', 'declined'));
    END IF;
    COMMIT;
    SELECT 200 AS status, JSON_OBJECT('event_id', in_event_id, 'payment_id', CAST(in_payment_id AS CHAR)) AS body;
END
