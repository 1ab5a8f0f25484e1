-- payment_event_admit: the common beginning of recording what a provider said: finds the payment, compares what was said
-- with what was opened, locks, and writes the event down once. Internal; the caller holds a transaction.
--
-- in_payment_id, in_channel               the attempt
-- in_order_id, in_amount, in_currency     as the provider said them; an order NULL: it did not
-- in_event_id, in_provider_ref            the provider's ids of the event and of the transaction
-- in_said                                 declined, try_declined, authorised
-- in_states                               the states of an attempt in which that changes something: 'CREATED,SUBMITTED'
-- out_takes                               1: not seen before, and the attempt is in one of these states
-- out_order_id                            the payment's order
-- Errors  30004 not_found: payment · 30603 payment.mismatch (order, amount, currency, event) · 30015 slot.moved
-- Locks   slot_owner, orders, payment, payment_callback. With the order's row held, no other event of this order is under way.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_event_admit(
    IN in_payment_id BIGINT,
    IN in_channel VARCHAR(16),
    IN in_order_id BIGINT,
    IN in_amount BIGINT,
    IN in_currency VARCHAR(3),
    IN in_event_id VARCHAR(64),
    IN in_provider_ref VARCHAR(64),
    IN in_said VARCHAR(16),
    IN in_states VARCHAR(64),
    OUT out_takes TINYINT,
    OUT out_order_id BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
BEGIN
    DECLARE v_order_id, v_amount, v_told_of BIGINT;
    DECLARE v_currency CHAR(3);
    DECLARE v_state VARCHAR(20);

    CALL slot_check(in_payment_id);
    SELECT order_id, amount, currency INTO v_order_id, v_amount, v_currency
      FROM payment WHERE payment_id = in_payment_id AND channel = in_channel;
    IF v_order_id IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such payment';
    ELSEIF v_order_id <> in_order_id THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30603, MESSAGE_TEXT = 'payment.mismatch: order';
    ELSEIF NOT v_amount <=> in_amount THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30603, MESSAGE_TEXT = 'payment.mismatch: amount';
    ELSEIF NOT BINARY v_currency <=> BINARY in_currency THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30603, MESSAGE_TEXT = 'payment.mismatch: currency';
    END IF;

    SELECT state INTO v_state FROM orders WHERE order_id = v_order_id FOR UPDATE;
    SELECT state INTO v_state FROM payment WHERE payment_id = in_payment_id FOR UPDATE;
    SELECT payment_id INTO v_told_of FROM payment_callback WHERE channel = in_channel AND event_id = in_event_id;
    IF v_told_of <> in_payment_id THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30603, MESSAGE_TEXT = 'payment.mismatch: event';
    END IF;
    SET out_order_id = v_order_id, out_takes = v_told_of IS NULL AND FIND_IN_SET(v_state, in_states) > 0;
    IF v_told_of IS NULL THEN
        INSERT INTO payment_callback (channel, event_id, payment_id, said, outcome, provider_ref, received_at)
        VALUES (in_channel, in_event_id, in_payment_id, in_said, IF(out_takes, in_said, 'ignored'), in_provider_ref, UTC_TIMESTAMP(3));
    END IF;
END
