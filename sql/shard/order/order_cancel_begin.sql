-- order_cancel_begin: takes an order back that is not shipped. Internal; the caller holds a transaction.
--
-- Parameters
--   in_account_id   BIGINT         whose order it must be; NULL: anybody's, for staff
--   in_order_id     BIGINT         the order
--   in_if_match     BIGINT         version the caller saw; NULL: any
--   in_refund_id    BIGINT         new id in the order's slot, should money go back
--   in_data         LONGTEXT       JSON object that says why, for the order's event log
--   in_requested_by BIGINT         account of the staff; NULL: the buyer
-- Returns  nothing. Unpaid: CLOSED when nobody ever tried to pay it, else CLOSING until the provider's word is in. PAID and
--          ON_HOLD: CANCELLING until all money is back, then CANCELLED; units stay held until then, and parcels that are READY
--          are unpacked.
-- Errors   30004 not_found · 30013 precondition.failed · 30506 order.state: <state>
-- Locks    orders, shipment, payment, refund, ledger_entry, order_event, outbox, promotion_use, stock (by sku_id), stock_movement
-- Example  CALL order_cancel_begin(640, 171798691840, NULL, 99, '{"reason": "cancelled by the buyer"}', NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_cancel_begin(
    in_account_id BIGINT, in_order_id BIGINT, in_if_match BIGINT, in_refund_id BIGINT, in_data LONGTEXT,
    in_requested_by BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'takes an order back'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_paid TINYINT;
    DECLARE v_left, v_amount BIGINT;

    SELECT state IN ('PAID', 'ON_HOLD') INTO v_paid FROM orders WHERE order_id = in_order_id FOR UPDATE;
    UPDATE orders
       SET state = IF(v_paid, 'CANCELLING', 'CLOSING'), closing_at = v_now, held_at = NULL, due_at = IF(v_paid, NULL, v_now)
     WHERE order_id = in_order_id AND account_id = COALESCE(in_account_id, account_id)
       AND state IN ('PENDING_PAYMENT', 'PAID', 'ON_HOLD') AND version = COALESCE(in_if_match, version);
    IF ROW_COUNT() = 0 THEN
        CALL order_refuse(in_account_id, in_order_id, in_if_match);
    END IF;
    CALL order_event_append(in_order_id, IF(v_paid, 'order.cancelling', 'order.closing'), in_data);
    IF v_paid THEN
        CALL shipment_cancel_ready(in_order_id);
        SELECT COALESCE(SUM(credit) - SUM(debit), 0) INTO v_left
          FROM ledger_entry
         WHERE order_id = in_order_id AND account = CONCAT('order:', in_order_id);
        IF v_left > 0 THEN
            CALL refund_request(in_order_id, in_refund_id, NULL, 'cancel', NULL, in_requested_by, v_amount);
        END IF;
        CALL order_cancel_finish(in_order_id);
    ELSEIF NOT EXISTS (SELECT 1 FROM payment WHERE order_id = in_order_id) THEN
        CALL orders_close(CONCAT('[', in_order_id, ']'));
    ELSE
        CALL payment_close_soon(CONCAT('[', in_order_id, ']'));
    END IF;
END
