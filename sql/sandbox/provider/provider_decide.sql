-- provider_decide: a person has decided on the pay page; the first decision counts and is told to the merchant.
--
-- in_merchant, in_payment_id, in_order_id, in_amount, in_currency, in_notify_url  as the signed page says
-- in_state         captured or declined
-- in_event_id      new id of this fact
-- in_provider_ref  new number of the transaction
-- in_delay_s       the callback is sent this much later
-- in_copies        the callback is sent so often, 1 … 2
-- Returns  200 and the payment as it is now: as decided here, or as it had ended before
-- Errors   none
-- Locks    payment, callback
-- Example  CALL provider_decide('souk', 5678, 1234, 4599, 'EUR', 'https://…', 'captured', 'evt_1', 'sbx_1', 0, 1);
--
-- The provider keeps 0.6 % of what it takes. Faults: declines, authorises, capture_amount_off and those of provider_tell.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE provider_decide(
    IN in_merchant VARCHAR(32),
    IN in_payment_id BIGINT,
    IN in_order_id BIGINT,
    IN in_amount BIGINT,
    IN in_currency VARCHAR(3),
    IN in_notify_url VARCHAR(500),
    IN in_state VARCHAR(10),
    IN in_event_id VARCHAR(40),
    IN in_provider_ref VARCHAR(40),
    IN in_delay_s BIGINT,
    IN in_copies BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a decision on the pay page'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_taken BIGINT DEFAULT in_amount;
    DECLARE v_state VARCHAR(10) DEFAULT in_state;
    DECLARE v_told_amount BIGINT;
    DECLARE v_body TEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    IF v_state = 'captured' AND fault_value(in_payment_id, 'declines') > 0 THEN
        SET v_state = 'declined';
    ELSEIF v_state = 'captured' AND fault_value(in_payment_id, 'authorises') > 0 THEN
        SET v_state = 'authorised';
    ELSEIF v_state = 'captured' THEN
        SET v_taken = GREATEST(1, in_amount + fault_value(in_payment_id, 'capture_amount_off'));
    END IF;
    INSERT INTO payment (merchant, payment_id, order_id, amount, currency, state, event_id, provider_ref, decided_at, taken,
                         fee, notify_url, decline_code)
    VALUES (in_merchant, in_payment_id, in_order_id, in_amount, in_currency, v_state, in_event_id, in_provider_ref, v_now,
            IF(v_state = 'captured', v_taken, NULL), IF(v_state = 'captured', ROUND(v_taken * 0.006), 0), in_notify_url,
            CASE WHEN v_state <> 'declined' THEN NULL WHEN in_state = 'declined' THEN 'card_declined' ELSE 'insufficient_funds' END)
    ON DUPLICATE KEY UPDATE state = payment.state;

    -- The row bears this call's event id only when this call made it.
    SET v_told_amount = GREATEST(1, v_taken + fault_value(in_payment_id, 'callback_amount_off'));
    SELECT JSON_OBJECT('event_id', event_id, 'state', state, 'merchant', merchant,
                       'payment_id', CAST(payment_id AS CHAR), 'order_id', CAST(order_id AS CHAR), 'amount', v_told_amount + 0,
                       'currency', currency, 'provider_ref', provider_ref, 'decline_code', decline_code,
                       'occurred_at', rfc3339(decided_at))
      INTO v_body
      FROM payment
     WHERE merchant = in_merchant AND payment_id = in_payment_id AND event_id = in_event_id;
    IF v_body IS NOT NULL THEN
        CALL provider_tell(in_payment_id, in_event_id, in_notify_url, v_body, v_now + INTERVAL in_delay_s SECOND, in_copies);
    END IF;
    COMMIT;
    SELECT 200 AS status, provider_json(in_merchant, in_payment_id) AS body;
END
