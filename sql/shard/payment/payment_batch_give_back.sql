-- payment_batch_give_back: promises back what a batch captured and no order needs: all that came late or second, and the
-- excess over what was asked.
--
-- Parameters
--   in_now          DATETIME(3)   when it was recorded
-- Returns  nothing: called by payment_batch_write
-- Errors   none
-- Locks    the new rows of refund and ledger_entry
-- Example  CALL payment_batch_give_back(v_now);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE payment_batch_give_back(in_now DATETIME(3))
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'refunds of a batch of captures'
BEGIN
    INSERT INTO refund (refund_id, payment_id, order_id, account_id, channel, state, amount, currency, cause, due_at,
                        created_at)
    SELECT refund_id, payment_id, order_id, account_id, channel, 'REQUESTED', IF(pays = 1, amount - asked, amount),
           currency, CASE WHEN pays = 1 THEN 'excess'
                          WHEN order_state IN ('CLOSED', 'REJECTED', 'CANCELLING', 'CANCELLED') THEN 'late'
                          ELSE 'second' END,
           in_now, in_now
      FROM b_take
     WHERE takes = 1 AND (pays = 0 OR amount > asked);
    INSERT INTO ledger_entry (transfer_id, line, kind, account, debit, credit, currency, order_id, created_at)
    SELECT t.refund_id, l.line, 'refund', IF(l.line = 1, CONCAT('order:', t.order_id), CONCAT('refunds:', t.channel)),
           IF(l.line = 1, IF(t.pays = 1, t.amount - t.asked, t.amount), 0),
           IF(l.line = 2, IF(t.pays = 1, t.amount - t.asked, t.amount), 0), t.currency, t.order_id, in_now
      FROM b_take t JOIN (SELECT 1 AS line UNION ALL SELECT 2) l
     WHERE t.takes = 1 AND (t.pays = 0 OR t.amount > t.asked);
END
