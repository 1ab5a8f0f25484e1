-- payment_event_admit: the common beginning of recording what a provider said: finds the payment, compares what was said
-- with what was opened, locks, and tells whether the event is new. Internal; the caller holds a transaction.
--
-- in_payment_id, in_channel               the attempt
-- in_order_id, in_amount, in_currency     as the provider said them; an order NULL: it did not
-- in_event_id                             the provider's id of the event
-- out_new                                 1: not seen before
-- out_payment_state, out_order_state      as they are now, locked
-- out_order_id                            the payment's order
-- Errors  30004 not_found: payment · 30603 payment.mismatch (order, amount, currency, event)
-- Locks   orders, payment. With the order's row held, no other event of this order is under way.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_event_admit(
    IN in_payment_id BIGINT,
    IN in_channel VARCHAR(16),
    IN in_order_id BIGINT,
    IN in_amount BIGINT,
    IN in_currency VARCHAR(3),
    IN in_event_id VARCHAR(64),
    OUT out_new TINYINT,
    OUT out_payment_state VARCHAR(12),
    OUT out_order_state VARCHAR(20),
    OUT out_order_id BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
BEGIN
    DECLARE v_order_id, v_amount, v_told_of BIGINT;
    DECLARE v_currency CHAR(3);

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

    SELECT state INTO out_order_state FROM orders WHERE order_id = v_order_id FOR UPDATE;
    SELECT state INTO out_payment_state FROM payment WHERE payment_id = in_payment_id FOR UPDATE;
    SELECT payment_id INTO v_told_of FROM payment_callback WHERE channel = in_channel AND event_id = in_event_id;
    IF v_told_of <> in_payment_id THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30603, MESSAGE_TEXT = 'payment.mismatch: event';
    END IF;
    SET out_new = v_told_of IS NULL, out_order_id = v_order_id;
END
