-- One capture as the only request of a batch. Money that has to go back gets the refund of the payment's number plus 1,000,000
-- slots, so that it lies in the same one.
CREATE PROCEDURE capture(in_payment_id BIGINT, in_channel VARCHAR(16), in_order_id BIGINT, in_amount BIGINT, in_currency VARCHAR(3),
                         in_event_id VARCHAR(64), in_provider_ref VARCHAR(64))
CALL payment_capture(JSON_ARRAY(JSON_OBJECT(
    'n', 0, 'payment_id', CAST(in_payment_id AS CHAR), 'channel', in_channel, 'order_id', CAST(in_order_id AS CHAR),
    'amount', in_amount + 0, 'currency', in_currency, 'event_id', in_event_id, 'provider_ref', in_provider_ref,
    'refund_id', CAST(in_payment_id + 256000000 AS CHAR))))
