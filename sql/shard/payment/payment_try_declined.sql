-- payment_try_declined: records that a provider refused a buyer's try to pay an attempt. The attempt stays as it is: the buyer may
-- try again at the provider.
--
-- Parameters as payment_decline.
-- Returns  200 and {event_id, payment_id}, the same for every repetition
-- Errors   30004 not_found · 30603 payment.mismatch (nothing is changed) · 30015 slot.moved
-- Locks    slot_owner, orders, payment, payment_callback, order_event, outbox
-- Example  CALL payment_try_declined(5678, 'stripe', 1234, 4599, 'EUR', 'evt_2', 'pi_1', 'insufficient_funds');
--
-- The word for why is kept, of an attempt that has failed too: what ended it and why may be told in any order. The word of an
-- earlier try stays when this one has none. After a capture or the end of the attempt otherwise nothing changes.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_try_declined(
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
    DECLARE v_takes TINYINT;
    DECLARE v_order_id BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL payment_event_admit(in_payment_id, in_channel, in_order_id, in_amount, in_currency, in_event_id, in_provider_ref,
                             'try_declined', 'CREATED,SUBMITTED,AUTHORISED,FAILED', v_takes, v_order_id);
    IF v_takes THEN
        UPDATE payment
           SET decline_code = COALESCE(in_code, decline_code), version = version + 1
         WHERE payment_id = in_payment_id AND state IN ('CREATED', 'SUBMITTED', 'AUTHORISED', 'FAILED');
        CALL order_event_append(v_order_id, 'payment.try_declined', JSON_OBJECT(
            'payment_id', CAST(in_payment_id AS CHAR), 'channel', in_channel, 'internal', JSON_OBJECT('decline_code', in_code)));
    END IF;
    COMMIT;
    SELECT 200 AS status, JSON_OBJECT('event_id', in_event_id, 'payment_id', CAST(in_payment_id AS CHAR)) AS body;
END
