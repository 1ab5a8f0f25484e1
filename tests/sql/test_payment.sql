-- Attempts to pay, what providers say of them, and the ledger.
CALL make_shop();
CALL stock_receive(1001, -1, 41, 'main', 100, NULL);
CALL place(9001, 5, 2, 'k1', 'h', '[{"sku_id": "41", "qty": 2}]', '{}', NULL, NULL, NULL, 60);
CALL place(9002, 5, 2, 'k2', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);
CALL place(9003, 5, 2, 'k3', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);
CALL place(9004, 5, 2, 'k4', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);

-- Opening
CALL assert_next('an attempt opens', '^201.*"SUBMITTED".*v1$');
CALL payment_open(9001, 'sandbox', 5, 7001, 'p1', 'h', 0, NULL);
CALL assert_is('for what the order costs', (SELECT CONCAT(amount, currency) FROM payment WHERE payment_id = 7001), '1000EUR');
CALL assert_is('until the order expires', (SELECT p.expires_at = o.expires_at FROM payment p JOIN orders o USING (order_id)
                                            WHERE payment_id = 7001), 1);
CALL assert_is('with a lease', (SELECT lease_until > UTC_TIMESTAMP(3) FROM payment WHERE payment_id = 7001), 1);
CALL assert_is('told to everyone', (SELECT COUNT(*) FROM outbox WHERE event_id = 'order-9001-2'), 1);
CALL assert_next('the same key answers again', '^201.*"7001"|^201.*7001.*v1$');
CALL payment_open(9001, 'sandbox', 5, 7002, 'p1', 'h', 0, NULL);
CALL assert_is('and opens nothing', (SELECT COUNT(*) FROM payment), 1);
CALL assert_refused('the same key, another body', 30021, 'idempotency.mismatch%', 'CALL payment_open(9001, ''sandbox'', 5, 7002, ''p1'', ''x'', 0, NULL)');
CALL assert_refused('somebody else''s order', 30004, 'not_found%', 'CALL payment_open(9001, ''sandbox'', 6, 7002, ''p2'', ''h'', 0, NULL)');
CALL assert_refused('no order', 30004, 'not_found%', 'CALL payment_open(9999, ''sandbox'', 5, 7002, ''p2'', ''h'', 0, NULL)');
CALL assert_next('a second attempt beside the first', '^201');
CALL payment_open(9001, 'sandbox', 5, 7002, 'p2', 'h', 0, NULL);
CALL assert_next('its buyer reads it', '^200.*7001.*v1$');
CALL payment_get(7001, 5);
CALL assert_refused('nobody else does', 30004, 'not_found%', 'CALL payment_get(7001, 6)');

-- What does not match changes nothing
CALL assert_next('another amount', 'NULL.*30603.*amount');
CALL capture(7001, 'sandbox', 9001, 999, 'EUR', 'e1', 'r1');
CALL assert_next('no amount', 'NULL.*30603.*amount');
CALL capture(7001, 'sandbox', 9001, NULL, 'EUR', 'e1', 'r1');
CALL assert_next('another currency', 'NULL.*30603.*currency');
CALL capture(7001, 'sandbox', 9001, 1000, 'eur', 'e1', 'r1');
CALL assert_next('another order', 'NULL.*30603.*order');
CALL capture(7001, 'sandbox', 9002, 1000, 'EUR', 'e1', 'r1');
CALL assert_next('another channel', 'NULL.*30004');
CALL capture(7001, 'other', 9001, 1000, 'EUR', 'e1', 'r1');
CALL assert_next('no such payment', 'NULL.*30004');
CALL capture(7999, 'sandbox', 9001, 1000, 'EUR', 'e1', 'r1');
CALL assert_refused('a decline of another amount', 30603, 'payment.mismatch: amount', 'CALL payment_decline(7001, ''sandbox'', 9001, 1, ''EUR'', ''e1'', ''r1'', NULL)');
CALL assert_is('nothing was heard', (SELECT COUNT(*) FROM payment_callback), 0);
CALL assert_is('nothing was booked', (SELECT COUNT(*) FROM ledger_entry), 0);
CALL assert_is('nothing was paid', (SELECT state FROM orders WHERE order_id = 9001), 'PENDING_PAYMENT');

-- Capturing
CALL assert_next('a capture', '"e1".*"7001"|"7001".*"e1"');
CALL capture(7001, 'sandbox', 9001, 1000, 'EUR', 'e1', 'r1');
CALL assert_is('pays the order', (SELECT CONCAT_WS(' ', state, paid_at IS NOT NULL, expires_at IS NULL, due_at IS NULL)
                                    FROM orders WHERE order_id = 9001), 'PAID 1 1 1');
CALL assert_is('is debited to the channel and credited to the order',
    (SELECT GROUP_CONCAT(CONCAT_WS(' ', transfer_id, account, debit, credit, currency) ORDER BY line SEPARATOR ', ') FROM ledger_entry),
    '7001 channel:sandbox 1000 0 EUR, 7001 order:9001 0 1000 EUR');
CALL assert_is('is an event', (SELECT type FROM order_event WHERE order_id = 9001 ORDER BY seq DESC LIMIT 1), 'order.paid');
CALL assert_is('keeps the units', (SELECT reserved FROM stock WHERE sku_id = 41), 5);
CALL assert_next('told again: the same answer', '"e1".*"7001"|"7001".*"e1"');
CALL capture(7001, 'sandbox', 9001, 1000, 'EUR', 'e1', 'r1');
CALL assert_next('told under another event', '"e1b"');
CALL capture(7001, 'sandbox', 9001, 1000, 'EUR', 'e1b', 'r1');
CALL assert_is('is kept, and ignored', (SELECT outcome FROM payment_callback WHERE event_id = 'e1b'), 'ignored');
CALL assert_is('booked once', (SELECT COUNT(*) FROM ledger_entry), 2);
CALL assert_next('an event about another payment', 'NULL.*30603.*event');
CALL capture(7002, 'sandbox', 9001, 1000, 'EUR', 'e1', 'r1');
CALL assert_next('the second attempt''s capture', '"e2"');
CALL capture(7002, 'sandbox', 9001, 1000, 'EUR', 'e2', 'r2');
CALL assert_is('is to be refunded', (SELECT CONCAT_WS(' ', state, refund_due) FROM payment WHERE payment_id = 7002), 'CAPTURED 1');
CALL assert_is('the first is not', (SELECT refund_due FROM payment WHERE payment_id = 7001), 0);
CALL assert_is('both are booked', (SELECT COUNT(*) FROM ledger_entry WHERE kind = 'capture'), 4);
CALL assert_is('and what goes back is promised', (SELECT GROUP_CONCAT(CONCAT_WS(' ', kind, account, debit, credit) ORDER BY line SEPARATOR ', ')
    FROM ledger_entry WHERE transfer_id = 7002 + 256000000), 'refund order:9001 1000 0, refund refunds:sandbox 0 1000');
CALL assert_is('by a refund', (SELECT CONCAT_WS(' ', state, cause, amount, due_at IS NOT NULL) FROM refund WHERE payment_id = 7002), 'REQUESTED second 1000 1');
CALL assert_next('a decline after it', '"e3"');
CALL payment_decline(7002, 'sandbox', 9001, 1000, 'EUR', 'e3', 'r2', NULL);
CALL assert_is('changes nothing', (SELECT state FROM payment WHERE payment_id = 7002), 'CAPTURED');
CALL assert_refused('a paid order takes no more attempts', 30506, 'order.state: the order is PAID', 'CALL payment_open(9001, ''sandbox'', 5, 7003, ''p3'', ''h'', 0, NULL)');

-- Declining
CALL payment_open(9002, 'sandbox', 5, 7010, 'p10', 'h', 0, NULL);
CALL assert_next('a decline', '"e10"');
CALL payment_decline(7010, 'sandbox', 9002, 500, 'EUR', 'e10', 'r10', 'insufficient_funds');
CALL assert_is('ends the attempt', (SELECT CONCAT_WS(' ', state, reason, decline_code) FROM payment WHERE payment_id = 7010), 'FAILED declined insufficient_funds');
CALL assert_is('and not the order', (SELECT state FROM orders WHERE order_id = 9002), 'PENDING_PAYMENT');
CALL assert_next('a decline told again', '"e10"');
CALL payment_decline(7010, 'sandbox', 9002, 500, 'EUR', 'e10', 'r10', 'insufficient_funds');
CALL assert_is('is one event', (SELECT COUNT(*) FROM order_event WHERE order_id = 9002 AND type = 'payment.failed'), 1);
CALL assert_next('money that came all the same', '"e11"');
CALL capture(7010, 'sandbox', 9002, 500, 'EUR', 'e11', 'r10');
CALL assert_is('is taken', (SELECT CONCAT_WS(' ', p.state, p.refund_due, o.state) FROM payment p JOIN orders o USING (order_id)
                             WHERE payment_id = 7010), 'CAPTURED 0 PAID');

-- A try that is refused
CALL place(9007, 5, 2, 'k7', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);
CALL payment_open(9007, 'sandbox', 5, 7011, 'p11', 'h', 0, NULL);
CALL assert_next('a try that is refused', '"e12"');
CALL payment_try_declined(7011, 'sandbox', 9007, 500, 'EUR', 'e12', 'r11', 'lost_card');
CALL assert_is('leaves the attempt open', (SELECT CONCAT_WS(' ', state, decline_code) FROM payment WHERE payment_id = 7011), 'SUBMITTED lost_card');
CALL assert_next('the next one', '"e13"');
CALL payment_try_declined(7011, 'sandbox', 9007, 500, 'EUR', 'e13', 'r11', 'expired_card');
CALL assert_next('the first one told again', '"e12"');
CALL payment_try_declined(7011, 'sandbox', 9007, 500, 'EUR', 'e12', 'r11', 'lost_card');
CALL assert_is('the latest word counts', (SELECT decline_code FROM payment WHERE payment_id = 7011), 'expired_card');
CALL assert_is('each is one event', (SELECT COUNT(*) FROM order_event WHERE order_id = 9007 AND type = 'payment.try_declined'), 2);
CALL assert_next('a decline without a word', '"e14"');
CALL payment_decline(7011, 'sandbox', 9007, 500, 'EUR', 'e14', 'r11', NULL);
CALL assert_is('keeps it', (SELECT CONCAT_WS(' ', state, decline_code) FROM payment WHERE payment_id = 7011), 'FAILED expired_card');
CALL assert_refused('one of another amount', 30603, 'payment.mismatch: amount', 'CALL payment_try_declined(7011, ''sandbox'', 9007, 1, ''EUR'', ''e15'', ''r11'', NULL)');

-- Closing
CALL payment_open(9003, 'sandbox', 5, 7020, 'p20', 'h', 0, NULL);
CALL order_cancel(5, 9003, 9003 + 512000000, NULL, NULL, NULL);
CALL assert_refused('a closing order takes no more attempts', 30506, 'order.state: the order is CLOSING', 'CALL payment_open(9003, ''sandbox'', 5, 7021, ''p21'', ''h'', 0, NULL)');
CALL assert_next('with an attempt open it does not close', 'CLOSING');
CALL order_close_each('[{"n": 0, "order_id": "9003"}]');
CALL payment_case_open(9003 + 768000000, 'payment_stuck', '7020', 'sandbox', 9003, 7020, NULL, '{}');
CALL payment_case_open(9003 + 1024000000, 'order_stuck', '9003', '', 9003, NULL, NULL, '{}');
CALL assert_next('the provider closes the attempt', '^200.*VOIDED');
CALL payment_closed(7020, 'closed');
CALL assert_is('nobody need look at it any more', (SELECT CONCAT_WS(' ', state, note, closed_by IS NULL) FROM payment_case WHERE kind = 'payment_stuck'), 'closed the provider has closed it 1');
CALL assert_next('again: as it is', '"version": *2}|VOIDED');
CALL payment_closed(7020, 'closed');
CALL assert_is('one event', (SELECT COUNT(*) FROM order_event WHERE order_id = 9003 AND type = 'payment.voided'), 1);
CALL assert_is('but at its order', (SELECT state FROM payment_case WHERE kind = 'order_stuck'), 'open');
CALL assert_next('now it closes', 'CLOSED');
CALL order_close_each('[{"n": 0, "order_id": "9003"}]');
CALL assert_is('and nobody at that', (SELECT CONCAT_WS(' ', state, note) FROM payment_case WHERE kind = 'order_stuck'), 'closed the order is closed');
CALL assert_next('a late capture', '"e20"');
CALL capture(7020, 'sandbox', 9003, 500, 'EUR', 'e20', 'r20');
CALL assert_is('is to be refunded and reopens nothing', (SELECT CONCAT_WS(' ', p.state, p.refund_due, o.state) FROM payment p
    JOIN orders o USING (order_id) WHERE payment_id = 7020), 'CAPTURED 1 CLOSED');
CALL assert_is('and is told', (SELECT type FROM order_event WHERE order_id = 9003 ORDER BY seq DESC LIMIT 1), 'payment.refund_due');
CALL assert_refused('no such attempt to close', 30004, 'not_found%', 'CALL payment_closed(7999, ''closed'')');
CALL payment_open(9004, 'sandbox', 5, 7030, 'p30', 'h', 0, NULL);
CALL order_cancel(5, 9004, 9004 + 512000000, NULL, NULL, NULL);
CALL payment_case_open(9004 + 1024000000, 'order_stuck', '9004', '', 9004, NULL, NULL, '{}');
CALL capture(7030, 'sandbox', 9004, 500, 'EUR', 'e30', 'r30');
CALL assert_is('what was called for the order has ended too', (SELECT CONCAT_WS(' ', state, note) FROM payment_case WHERE order_id = 9004), 'closed the order is paid');
CALL assert_is('a capture while CLOSING pays', (SELECT state FROM orders WHERE order_id = 9004), 'PAID');
CALL assert_next('a close that comes after it', '^200.*CAPTURED');
CALL payment_closed(7030, 'closed');
CALL assert_next('finds it PAID', 'PAID');
CALL order_close_each('[{"n": 0, "order_id": "9004"}]');

CALL assert_folds('events fold into orders');

-- Time, bounds, slots
CALL place(9005, 5, 2, 'k5', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);
UPDATE orders SET expires_at = UTC_TIMESTAMP(3) WHERE order_id = 9005;
CALL assert_refused('past its time nothing opens', 30506, 'order.state: the time%', 'CALL payment_open(9005, ''sandbox'', 5, 7040, ''p40'', ''h'', 0, NULL)');
UPDATE orders SET expires_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, total = 0 WHERE order_id = 9005;
CALL assert_refused('nothing to pay', 30604, 'payment.state: there is%', 'CALL payment_open(9005, ''sandbox'', 5, 7040, ''p40'', ''h'', 0, NULL)');
UPDATE orders SET total = items_total WHERE order_id = 9005;
INSERT INTO payment (payment_id, order_id, account_id, channel, state, amount, currency, lease_until, expires_at, created_at)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
SELECT 7100 + i, 9005, 5, 'sandbox', 'FAILED', 500, 'EUR', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM n;
CALL assert_refused('twenty attempts are enough', 30604, 'payment.state: too many%', 'CALL payment_open(9005, ''sandbox'', 5, 7040, ''p40'', ''h'', 0, NULL)');
DELETE FROM slot_owner WHERE slot = (7001 & 255) OR slot = (9001 & 255);
CALL assert_next('a payment of another shard', 'NULL.*30015');
CALL capture(7001, 'sandbox', 9001, 1000, 'EUR', 'e1', 'r1');
CALL assert_refused('an order of another shard', 30015, 'slot.moved%', 'CALL payment_open(9001, ''sandbox'', 5, 7001, ''p1'', ''h'', 0, NULL)');

-- The ledger
CALL assert_is('debits equal credits', (SELECT COUNT(*) FROM (SELECT transfer_id FROM ledger_entry GROUP BY transfer_id, currency
                                          HAVING SUM(debit) <> SUM(credit) OR COUNT(*) <> 2) l), 0);
CALL assert_is('each capture is booked', (SELECT COUNT(*) FROM payment WHERE state = 'CAPTURED'), (SELECT COUNT(DISTINCT transfer_id) FROM ledger_entry WHERE kind = 'capture'));
CALL assert_refused('a transfer is booked once', 1062, '%', 'CALL ledger_post(7001, ''capture'', ''a'', ''b'', 1, ''EUR'', 9001)');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE ledger_change() SQL SECURITY DEFINER UPDATE ledger_entry SET debit = debit + 1;
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE ledger_erase() SQL SECURITY DEFINER DELETE FROM ledger_entry;
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE callback_erase() SQL SECURITY DEFINER DELETE FROM payment_callback;
CALL assert_refused('no routine may change what is booked', 1142, 'UPDATE command denied%', 'CALL ledger_change()');
CALL assert_refused('nor erase it', 1142, 'DELETE command denied%', 'CALL ledger_erase()');
CALL assert_refused('nor what was heard', 1142, 'DELETE command denied%', 'CALL callback_erase()');
