-- provider_refund: gives money back, or says what became of it: the same refund_id again is the same refund.
--
-- in_merchant, in_refund_id   the refund, under the merchant's number
-- in_payment_id               the payment it is of
-- in_amount, in_currency      how much
-- in_event_id, in_provider_ref  new ids
-- Returns  200 and the refund
-- Errors   none: what cannot be is a refund that failed
-- Locks    payment, refund, callback
-- Example  CALL provider_refund('souk', 9876, 5678, 4599, 'EUR', 'evt_9', 'sbr_9');
--
-- Faults: refund_fails (so many refunds of the payment fail), refund_pending_ms (it ends so much later), and those of
-- provider_tell.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE provider_refund(
    IN in_merchant VARCHAR(32), IN in_refund_id BIGINT, IN in_payment_id BIGINT, IN in_amount BIGINT, IN in_currency VARCHAR(3),
    IN in_event_id VARCHAR(40), IN in_provider_ref VARCHAR(40)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'gives money back'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_ends_at DATETIME(3);
    DECLARE v_taken, v_order_id, v_gone BIGINT DEFAULT 0;
    DECLARE v_currency VARCHAR(3);
    DECLARE v_url VARCHAR(500);
    DECLARE v_reason VARCHAR(60);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT taken, currency, notify_url, order_id INTO v_taken, v_currency, v_url, v_order_id
      FROM payment WHERE merchant = in_merchant AND payment_id = in_payment_id AND state = 'captured' FOR UPDATE;
    SELECT COALESCE(SUM(amount), 0) INTO v_gone
      FROM refund WHERE merchant = in_merchant AND payment_id = in_payment_id AND state = 'refunded' AND refund_id <> in_refund_id;
    SET v_ends_at = v_now + INTERVAL fault_value(in_payment_id, 'refund_pending_ms') * 1000 MICROSECOND;
    IF v_currency IS NULL THEN
        SET v_reason = 'nothing was captured';
    ELSEIF v_currency <> in_currency OR v_gone + in_amount > v_taken THEN
        SET v_reason = 'more than is left';
    ELSEIF NOT EXISTS (SELECT 1 FROM refund WHERE merchant = in_merchant AND refund_id = in_refund_id) THEN
        UPDATE fault SET value = value - 1 WHERE payment_id = in_payment_id AND name = 'refund_fails' AND value > 0;
        SET v_reason = IF(ROW_COUNT() = 1, 'the card has expired', NULL);
    END IF;

    INSERT INTO refund (merchant, refund_id, payment_id, amount, currency, state, reason, event_id, provider_ref, created_at,
                        ends_at)
    VALUES (in_merchant, in_refund_id, in_payment_id, in_amount, in_currency,
            IF(v_reason IS NULL, 'refunded', 'refund_failed'), v_reason, in_event_id, in_provider_ref, v_now, v_ends_at)
    ON DUPLICATE KEY UPDATE state = refund.state;
    IF ROW_COUNT() = 1 AND v_url IS NOT NULL THEN
        CALL provider_tell(in_payment_id, in_event_id, v_url, JSON_OBJECT(
            'event_id', in_event_id, 'state', IF(v_reason IS NULL, 'refunded', 'refund_failed'), 'merchant', in_merchant,
            'payment_id', CAST(in_payment_id AS CHAR), 'order_id', CAST(v_order_id AS CHAR),
            'refund_id', CAST(in_refund_id AS CHAR), 'amount', in_amount + 0, 'currency', in_currency,
            'provider_ref', in_provider_ref, 'reason', v_reason, 'occurred_at', rfc3339(v_ends_at)), v_ends_at, 1);
    END IF;
    COMMIT;
    SELECT 200 AS status, provider_refund_json(in_merchant, in_refund_id) AS body;
END
