-- payment_batch_write: writes what payment_batch_read decided: events heard, captures, their bookings, orders paid.
--
-- Parameters
--   in_now          DATETIME(3)   when it was recorded
-- Returns  nothing: called by payment_capture and order_mark_paid inside their transaction
-- Errors   none
-- Locks    payment, the new rows of payment_callback and ledger_entry, orders (held already), payment_case; hold_by_rule
-- Example  CALL payment_batch_write(v_now);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_batch_write(in_now DATETIME(3))
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'writes a batch of captures'
BEGIN
    DECLARE v_events LONGTEXT;
    DECLARE v_rules INT;

    INSERT INTO payment_callback (channel, event_id, payment_id, said, outcome, provider_ref, received_at)
    SELECT channel, event_id, payment_id, 'captured',
           CASE WHEN takes = 0 THEN 'ignored' WHEN pays = 1 THEN 'paid' ELSE 'refund_due' END, provider_ref, in_now
      FROM b_take
     WHERE news = 1;
    UPDATE b_take t
           STRAIGHT_JOIN payment p ON p.payment_id = t.payment_id
       SET p.state = 'CAPTURED', p.captured = t.amount, p.refund_due = IF(t.pays = 1, 0, 1), p.provider_ref = t.provider_ref,
           p.reason = NULL, p.captured_at = in_now, p.ended_at = in_now, p.due_at = NULL, p.version = p.version + 1
     WHERE t.takes = 1;
    INSERT INTO ledger_entry (transfer_id, line, kind, account, debit, credit, currency, order_id, created_at)
    SELECT t.payment_id, l.line, 'capture', IF(l.line = 1, CONCAT('channel:', t.channel), CONCAT('order:', t.order_id)),
           IF(l.line = 1, t.amount, 0), IF(l.line = 2, t.amount, 0), t.currency, t.order_id, in_now
      FROM b_take t JOIN (SELECT 1 AS line UNION ALL SELECT 2) l
     WHERE t.takes = 1;
    UPDATE b_take t
           STRAIGHT_JOIN orders o ON o.order_id = t.order_id
       SET o.state = 'PAID', o.paid_at = in_now, o.expires_at = NULL, o.due_at = NULL
     WHERE t.pays = 1;
    -- the other attempts of a paid order are closed at their providers
    UPDATE b_take t
           STRAIGHT_JOIN payment p ON p.order_id = t.order_id
       SET p.due_at = in_now, p.tries = IF(p.state = 'CREATED', p.tries, 0)
     WHERE t.pays = 1 AND p.state IN ('CREATED', 'SUBMITTED', 'AUTHORISED');
    UPDATE b_take t
           STRAIGHT_JOIN payment_case c ON c.payment_id = t.payment_id
       SET c.state = 'closed', c.note = 'the provider has captured it', c.closed_at = in_now, c.version = c.version + 1
     WHERE t.takes = 1 AND c.state = 'open' AND c.kind IN ('wrong_amount', 'payment_stuck');
    UPDATE b_take t
           STRAIGHT_JOIN payment_case c ON c.order_id = t.order_id
       SET c.state = 'closed', c.note = 'the order is paid', c.closed_at = in_now, c.version = c.version + 1
     WHERE t.pays = 1 AND c.state = 'open' AND c.kind = 'order_stuck';
    IF EXISTS (SELECT 1 FROM b_take WHERE takes = 1 AND (pays = 0 OR amount > asked)) THEN
        CALL payment_batch_give_back(in_now);
    END IF;

    SELECT CONCAT('[', GROUP_CONCAT(JSON_OBJECT(
               'order_id', CAST(order_id AS CHAR), 'type', IF(pays = 1, 'order.paid', 'payment.refund_due'),
               'data', JSON_OBJECT('payment_id', CAST(payment_id AS CHAR), 'channel', channel, 'amount', amount,
                                   'currency', currency,
                                   'refund_id', IF(pays = 0 OR amount > asked, CAST(refund_id AS CHAR), NULL)))
               ORDER BY n), ']')
      INTO v_events
      FROM b_take
     WHERE takes = 1;
    IF v_events IS NOT NULL THEN
        CALL order_events_append_each(v_events);
        SELECT COUNT(*) INTO v_rules FROM hold_rule WHERE above IS NOT NULL;
        IF v_rules > 0 THEN
            CALL hold_by_rule(in_now);
        END IF;
    END IF;
END
