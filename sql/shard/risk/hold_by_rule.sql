-- hold_by_rule: of the orders that a batch of captures has paid, those whose total is above their currency's rule are held
-- until support releases them.
--
-- Parameters
--   in_now          DATETIME(3)   when it was recorded
-- Returns  nothing: called by payment_batch_write inside its transaction, where there is a rule
-- Errors   none
-- Locks    orders (held already), the new rows of order_event and outbox
-- Example  CALL hold_by_rule(v_now);
--
-- All that is paid is paid by such a batch but orders that cost nothing, which no rule holds. The event is that of a hold by
-- staff; it names the rule instead of a person.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE hold_by_rule(in_now DATETIME(3))
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'PAID becomes ON_HOLD by a rule'
BEGIN
    DECLARE v_events LONGTEXT;

    SELECT CONCAT('[', GROUP_CONCAT(JSON_OBJECT(
               'order_id', CAST(o.order_id AS CHAR), 'type', 'order.held', 'data', JSON_OBJECT('internal', JSON_OBJECT(
                   'rule', 'total', 'above', r.above, 'reason', CONCAT('total above ', r.above, ' ', r.currency))))
               ORDER BY t.n), ']')
      INTO v_events
      FROM b_take t
           STRAIGHT_JOIN orders o ON o.order_id = t.order_id
           STRAIGHT_JOIN hold_rule r ON r.currency = o.currency AND r.above < o.total
     WHERE t.pays = 1;
    IF v_events IS NOT NULL THEN
        UPDATE JSON_TABLE(v_events, '$[*]' COLUMNS (order_id BIGINT PATH '$.order_id')) i
               STRAIGHT_JOIN orders o ON o.order_id = i.order_id
           SET o.state = 'ON_HOLD', o.held_at = in_now
         WHERE o.state = 'PAID';
        CALL order_events_append_each(v_events);
    END IF;
END
