-- refund_done: records how a refund ended at its provider, however often it says so.
--
-- Parameters
--   in_refund_id    BIGINT        the refund
--   in_channel      VARCHAR(16)   its channel
--   in_state        VARCHAR(12)   SUCCEEDED or FAILED
--   in_amount       BIGINT        SUCCEEDED: minor units, as the provider said them
--   in_currency     VARCHAR(3)    SUCCEEDED: as it said it
--   in_event_id     VARCHAR(64)   the provider's id of the event; NULL: none
--   in_provider_ref VARCHAR(64)   the provider's number of the refund; NULL: none
--   in_reason       VARCHAR(190)  FAILED: why
--   in_case_id      BIGINT        new id in the refund's slot, should a person have to be called
-- Returns  one row: status INT, body JSON
--   200 {"event_id", "payment_id", "refund_id", "state": as it is now}
-- Errors   30004 not_found · 30603 payment.mismatch: amount, currency (nothing is changed) · 30015 slot.moved
-- Locks    slot_owner, orders, refund, then as refund_end
-- Example  CALL refund_done(9876, 'sandbox', 'SUCCEEDED', 4599, 'EUR', 'evt_3', 'sbx_r1', NULL, 77);
--
-- What ended first counts. A refund that failed gives its promise back to the order, and a person is called; another one may
-- be asked for. One that the provider made after all, having said FAILED, is a mismatch.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE refund_done(
    in_refund_id BIGINT, in_channel VARCHAR(16), in_state VARCHAR(12), in_amount BIGINT, in_currency VARCHAR(3),
    in_event_id VARCHAR(64), in_provider_ref VARCHAR(64), in_reason VARCHAR(190),
    in_case_id BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'how a refund ended'
BEGIN
    DECLARE v_order_id, v_payment_id, v_amount BIGINT;
    DECLARE v_currency VARCHAR(3);
    DECLARE v_state VARCHAR(12);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_refund_id);
    SELECT order_id, payment_id, amount, currency INTO v_order_id, v_payment_id, v_amount, v_currency
      FROM refund WHERE refund_id = in_refund_id AND channel = in_channel;
    IF v_order_id IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such refund';
    ELSEIF in_state = 'SUCCEEDED' AND NOT v_amount <=> in_amount THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30603, MESSAGE_TEXT = 'payment.mismatch: amount';
    ELSEIF in_state = 'SUCCEEDED' AND NOT BINARY v_currency <=> BINARY in_currency THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30603, MESSAGE_TEXT = 'payment.mismatch: currency';
    END IF;
    SELECT order_id INTO v_order_id FROM orders WHERE order_id = v_order_id FOR UPDATE;
    SELECT state INTO v_state FROM refund WHERE refund_id = in_refund_id FOR UPDATE;
    IF v_state = 'FAILED' AND in_state = 'SUCCEEDED' THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30603, MESSAGE_TEXT = 'payment.mismatch: state';
    ELSEIF v_state IN ('REQUESTED', 'SUBMITTED') THEN
        CALL refund_end(in_refund_id, in_state, in_provider_ref, in_reason, in_case_id);
        SET v_state = in_state;
    END IF;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('event_id', in_event_id, 'payment_id', CAST(v_payment_id AS CHAR),
                                      'refund_id', CAST(in_refund_id AS CHAR), 'state', v_state) AS body;
END
