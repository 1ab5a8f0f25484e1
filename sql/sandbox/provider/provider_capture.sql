-- provider_capture: the merchant takes the money of a payment that its buyer has agreed to.
--
-- in_merchant, in_payment_id  the payment
-- in_event_id                 new id of this fact
-- Returns  200 and the payment as it is now; one that is not authorised stays as it is
-- Errors   30004 not_found: nobody has decided on it
-- Locks    payment, callback
-- Example  CALL provider_capture('souk', 5678, 'evt_2');
--
-- Faults: declines, capture_amount_off and those of provider_tell.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE provider_capture(
    IN in_merchant VARCHAR(32),
    IN in_payment_id BIGINT,
    IN in_event_id VARCHAR(40)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'takes what was authorised'
BEGIN
    DECLARE v_declines TINYINT DEFAULT fault_value(in_payment_id, 'declines') > 0;
    DECLARE v_off BIGINT DEFAULT fault_value(in_payment_id, 'capture_amount_off');
    DECLARE v_body, v_url TEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE payment
       SET state = IF(v_declines, 'declined', 'captured'), taken = IF(v_declines, NULL, GREATEST(1, amount + v_off)),
           fee = COALESCE(ROUND(taken * 0.006), 0), event_id = in_event_id,
           decline_code = IF(v_declines, 'insufficient_funds', NULL), decided_at = UTC_TIMESTAMP(3)
     WHERE merchant = in_merchant AND payment_id = in_payment_id AND state = 'authorised';
    IF ROW_COUNT() = 1 THEN
        SELECT JSON_OBJECT('event_id', event_id, 'state', state, 'merchant', merchant, 'payment_id', CAST(payment_id AS CHAR),
                           'order_id', CAST(order_id AS CHAR),
                           'amount', GREATEST(1, COALESCE(taken, amount) + fault_value(in_payment_id, 'callback_amount_off')),
                           'currency', currency, 'provider_ref', provider_ref, 'decline_code', decline_code,
                           'occurred_at', rfc3339(decided_at)), notify_url
          INTO v_body, v_url
          FROM payment
         WHERE merchant = in_merchant AND payment_id = in_payment_id;
        CALL provider_tell(in_payment_id, in_event_id, v_url, v_body, UTC_TIMESTAMP(3), 1);
    END IF;
    COMMIT;
    CALL provider_get(in_merchant, in_payment_id);
END
