-- An order from its placing to its end.
CALL make_shop();
CALL stock_receive(1001, -1, 41, 'main', 10, NULL);
CALL stock_receive(1002, -1, 42, 'main', 5, NULL);
CALL stock_receive(1003, -1, 43, 'main', 5, NULL);

-- Placing
CALL assert_next('an order is placed', '^0.201.*PENDING_PAYMENT.*v1.*/v1/orders/9001.NULL.*');
CALL place(9001, 5, 2, 'k1', 'h', '[{"sku_id": "42", "qty": 2}, {"sku_id": "41", "qty": 1}]',
                 '{"name": "A", "city": "茶"}', 'ring twice', 'a@example.com', 4498, 60);
CALL assert_is('its total is of this instant''s prices', (SELECT total FROM orders WHERE order_id = 9001), 4498);
CALL assert_is('its lines are as sent', (SELECT GROUP_CONCAT(line, ':', sku_id, ':', qty, ':', unit_price, ':', total ORDER BY line)
                                          FROM order_item WHERE order_id = 9001), '1:42:2:1999:3998,2:41:1:500:500');
CALL assert_is('its units are reserved', (SELECT GROUP_CONCAT(sku_id, ':', reserved ORDER BY sku_id) FROM stock), '41:1,42:2,43:0');
CALL assert_is('its title is its first line''s', (SELECT title FROM orders WHERE order_id = 9001), 'Tee “Ünïcode” 茶');
CALL assert_is('it waits as long as the setting says', (SELECT TIMESTAMPDIFF(SECOND, created_at, expires_at) FROM orders WHERE order_id = 9001), 60);
CALL assert_is('its event goes out', (SELECT COUNT(*) FROM outbox WHERE JSON_VALUE(payload, '$[0].id') = 'order-9001-1' AND status = 'new'), 1);
CALL assert_next('the same key and body: the same answer', '^0.201.*"9001".*/v1/orders/9001.NULL.*');
CALL place(9002, 5, 2, 'k1', 'h', '[{"sku_id": "42", "qty": 2}]', '{}', NULL, NULL, NULL, 60);
CALL assert_is('and no second order', (SELECT COUNT(*) FROM orders), 1);
CALL assert_refused('the same key, another body', 30021, 'idempotency.mismatch%',
    'CALL place(9002, 5, 2, ''k1'', ''other'', ''[{"sku_id": "42", "qty": 2}]'', ''{}'', NULL, NULL, NULL, 60)');
CALL assert_law('placed');

-- Refusals leave nothing behind
CALL assert_refused('no lines', 30501, 'order.empty%',
    'CALL place(9003, 5, 2, ''k3'', ''h'', ''[]'', ''{}'', NULL, NULL, NULL, 60)');
CALL assert_refused('a SKU twice', 30003, 'request.invalid: items[2].sku_id%',
    'CALL place(9003, 5, 2, ''k3'', ''h'', ''[{"sku_id": "42", "qty": 1}, {"sku_id": "41", "qty": 1}, {"sku_id": "42", "qty": 1}]'', ''{}'', NULL, NULL, NULL, 60)');
CALL assert_refused('a SKU that is not for sale', 30502, 'order.sku_unavailable: 44',
    'CALL place(9003, 5, 2, ''k3'', ''h'', ''[{"sku_id": "41", "qty": 1}, {"sku_id": "44", "qty": 1}]'', ''{}'', NULL, NULL, NULL, 60)');
CALL assert_refused('a SKU that is not there', 30502, 'order.sku_unavailable: 77',
    'CALL place(9003, 5, 2, ''k3'', ''h'', ''[{"sku_id": "77", "qty": 1}]'', ''{}'', NULL, NULL, NULL, 60)');
CALL assert_refused('two currencies', 30505, 'order.mixed_currency%',
    'CALL place(9003, 5, 2, ''k3'', ''h'', ''[{"sku_id": "41", "qty": 1}, {"sku_id": "43", "qty": 1}]'', ''{}'', NULL, NULL, NULL, 60)');
CALL assert_refused('another total than was shown', 30504, 'order.price_changed: the total is 500 EUR',
    'CALL place(9003, 5, 2, ''k3'', ''h'', ''[{"sku_id": "41", "qty": 1}]'', ''{}'', NULL, NULL, 499, 60)');
CALL assert_refused('a guest without an address to write to', 30507, 'order.email_required%',
    'CALL place(9003, 5, 1, ''k3'', ''h'', ''[{"sku_id": "41", "qty": 1}]'', ''{}'', NULL, NULL, NULL, 60)');
CALL assert_refused('too few units: which and how many', 30401, 'stock.short: 42 main 2',
    'CALL place(9003, 5, 2, ''k3'', ''h'', ''[{"sku_id": "41", "qty": 2}, {"sku_id": "42", "qty": 5}]'', ''{}'', NULL, NULL, NULL, 60)');
UPDATE sku SET price = 9007199254740991 WHERE sku_id = 43;
CALL assert_refused('a total beyond all bounds', 30003, 'request.invalid: items: the total is too large',
    'CALL place(9003, 5, 2, ''k3'', ''h'', ''[{"sku_id": "43", "qty": 9999}]'', ''{}'', NULL, NULL, NULL, 60)');
CALL assert_is('no order', (SELECT COUNT(*) FROM orders), 1);
CALL assert_is('no line', (SELECT COUNT(*) FROM order_item), 2);
CALL assert_is('no event', (SELECT COUNT(*) FROM order_event), 1);
CALL assert_is('no key', (SELECT COUNT(*) FROM idempotency), 1);
CALL assert_law('refused');
DELETE FROM slot_owner WHERE slot = 5;
CALL assert_refused('an account of another shard', 30015, 'slot.moved%',
    'CALL place(9003, 5, 2, ''k3'', ''h'', ''[{"sku_id": "41", "qty": 1}]'', ''{}'', NULL, NULL, NULL, 60)');
INSERT INTO slot_owner (slot) VALUES (5);

-- Reading
CALL assert_next('its buyer reads it', '^200.*"9001".*"payments": *\\[\\].*v1$|^200.*"payments": *\\[\\].*v1$');
CALL order_get(5, 9001);
CALL assert_refused('nobody else does', 30004, 'not_found%', 'CALL order_get(6, 9001)');
CALL assert_refused('nor its events', 30004, 'not_found%', 'CALL order_events(6, 9001)');
CALL place(9010, 5, 2, 'k10', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);
CALL place(9011, 5, 2, 'k11', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);
CALL assert_next('the newest first, and where to go on', '"9011".*"9010".*39303130$');
CALL order_list(5, NULL, NULL, 2);
CALL assert_next('going on, to the end', '"9001".*NULL$');
CALL order_list(5, NULL, '9010', 2);
CALL assert_next('a page that is just full is the last', '"9001".*NULL$');
CALL order_list(5, NULL, NULL, 3);
CALL assert_next('by state', '"items": *\\[\\]');
CALL order_list(5, 'PAID', NULL, 3);
CALL assert_next('only one''s own', '"items": *\\[\\]');
CALL order_list(6, NULL, NULL, 3);
CALL assert_refused('a cursor made up', 30003, 'request.invalid: cursor', 'CALL order_list(5, NULL, ''1 OR 1'', 2)');

-- Cancelling
CALL assert_refused('another version than was seen', 30013, 'precondition.failed%', 'CALL order_cancel(5, 9010, 9010 + 512000000, NULL, NULL, 7)');
CALL assert_refused('somebody else''s', 30004, 'not_found%', 'CALL order_cancel(6, 9010, 9010 + 512000000, NULL, NULL, NULL)');
CALL assert_next('never tried to pay: closed at once', '^200.*CLOSED.*v3$');
CALL order_cancel(5, 9010, 9010 + 512000000, 'c1', 'h', 1);
CALL assert_next('the same key answers again', '^200.*CLOSED.*v3$');
CALL order_cancel(5, 9010, 9010 + 512000000, 'c1', 'h', 1);
CALL assert_refused('twice without a key', 30506, 'order.state: the order is CLOSED', 'CALL order_cancel(5, 9010, 9010 + 512000000, NULL, NULL, NULL)');
CALL assert_is('its units are free again', (SELECT reserved FROM stock WHERE sku_id = 41), 2);
CALL assert_law('cancelled');

CALL payment_open(9011, 'sandbox', 5, 7001, 'p1', 'h', 0, NULL);
CALL assert_next('an attempt is open: CLOSING', '^200.*"CLOSING"');
CALL order_cancel(5, 9011, 9011 + 512000000, NULL, NULL, NULL);
CALL assert_next('while it is being opened it is left alone', '"items": *\\[\\]');
CALL payment_take_each('[]', 8, 10);
UPDATE payment SET lease_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND, due_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND;
CALL assert_next('then it is to be closed', '{"payment_id": "7001" & "action": "close" & "lane": "sandbox"}');
CALL payment_take_each('[]', 8, 10);
CALL assert_next('and its order is looked at', '"9011"');
CALL order_closing_take(10);
CALL assert_next('never CLOSED with an attempt in doubt', '"CLOSING"');
CALL order_close_each('[{"n": 0, "order_id": "9011"}]');
CALL assert_next('and it is looked at again later', '"items": *\\[\\]');
CALL order_closing_take(10);
CALL assert_is('in a second', (SELECT tries FROM orders WHERE order_id = 9011 AND due_at > UTC_TIMESTAMP(3)), 1);
CALL payment_closed(7001, 'closed');
CALL assert_next('with the attempt closed it ends', '"CLOSED"');
CALL order_close_each('[{"n": 0, "order_id": "9011"}]');
CALL assert_law('closed');

-- Time runs out
CALL place(9020, 5, 2, 'k20', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 0);
CALL place(9021, 5, 2, 'k21', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 0);
CALL place(9022, 5, 2, 'k22', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 0);
UPDATE orders SET expires_at = UTC_TIMESTAMP(3) + INTERVAL 1 MINUTE WHERE order_id = 9022;
CALL payment_open(9022, 'sandbox', 5, 7002, 'p2', 'h', 0, NULL);
CALL assert_next('a batch of those due', '"closing": *1}');
CALL order_close_begin(1);
CALL assert_next('and the rest, but not one whose attempt is being opened', '"closing": *1}');
CALL order_close_begin(10);
CALL assert_next('none is left', '"closing": *0}');
CALL order_close_begin(10);
UPDATE payment SET lease_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND;
CALL assert_next('the lease over, it follows', '"closing": *1}');
CALL order_close_begin(10);
CALL assert_refused('no attempt opens any more', 30506, 'order.state%', 'CALL payment_open(9022, ''sandbox'', 5, 7003, ''p3'', ''h'', 0, NULL)');
CALL capture(7002, 'sandbox', 9022, 500, 'EUR', 'evt-1', 'ref-1');
CALL assert_is('a capture while CLOSING pays it', (SELECT CONCAT(state, ':', expires_at IS NULL) FROM orders WHERE order_id = 9022), 'PAID:1');
CALL assert_next('and it stays so', '"PAID"');
CALL order_close_each('[{"n": 0, "order_id": "9022"}]');
CALL assert_next('nobody tried to pay: CLOSED', '"CLOSED"');
CALL order_close_each('[{"n": 0, "order_id": "9020"}]');
CALL assert_next('once', '"CLOSED"');
CALL order_close_each('[{"n": 0, "order_id": "9020"}]');
CALL assert_next('an order that is not there', '^0.NULL.*30004');
CALL order_close_each('[{"n": 0, "order_id": "1"}]');
CALL assert_next('an order of another shard', '^0.NULL.*30015.7');
DELETE FROM slot_owner WHERE slot = 7;
CALL order_close_each('[{"n": 0, "order_id": "9223"}]');
INSERT INTO slot_owner (slot) VALUES (7);

-- Many at once: what they hold comes back together
CALL stock_receive(1051, -1, 42, 'main', 3, NULL);
CALL place_many('all that there is of one, and of another', '9040 5 m0 h 42*2,41*1;9041 6 m1 h 42*3;9042 7 m2 h 42*1,41*2', '9040 9041 9042');
CALL payment_open(9041, 'sandbox', 6, 7040, 'p40', 'h', 0, NULL);
UPDATE payment SET lease_until = UTC_TIMESTAMP(3) WHERE payment_id = 7040;
UPDATE orders SET expires_at = UTC_TIMESTAMP(3), due_at = UTC_TIMESTAMP(3) WHERE order_id IN (9040, 9041, 9042);
SET @held = (SELECT reserved FROM stock WHERE sku_id = 41);
CALL assert_next('they are CLOSING', '"closing": *3}');
CALL order_close_begin(10);
CALL assert_is('the attempt is due to be closed', (SELECT due_at <= UTC_TIMESTAMP(3) FROM payment WHERE payment_id = 7040), 1);
CALL assert_next('those that nobody can pay are CLOSED', '^0.200 && {"order_id": "9040" & "state": "CLOSED"}');
CALL order_close_each('[{"n": 0, "order_id": "9040"}, {"n": 1, "order_id": "9041"}, {"n": 2, "order_id": "9042"}, {"n": 3, "order_id": "9042"}]');
CALL assert_is('the other is not', (SELECT GROUP_CONCAT(order_id, ':', state ORDER BY order_id) FROM orders WHERE order_id IN (9040, 9041, 9042)),
               '9040:CLOSED,9041:CLOSING,9042:CLOSED');
CALL assert_is('their units are free', (SELECT GROUP_CONCAT(sku_id, ':', reserved - IF(sku_id = 41, @held, 0) ORDER BY sku_id) FROM stock WHERE sku_id IN (41, 42)), '41:-3,42:5');
CALL assert_is('that there are some again is told once', (SELECT GROUP_CONCAT(event_id) FROM outbox WHERE event_id LIKE 'stock-changed-904%'), 'stock-changed-9040-1');
CALL assert_law('closed together');
UPDATE orders SET due_at = UTC_TIMESTAMP(3) + INTERVAL 300 SECOND WHERE order_id = 9041;
CALL payment_closed(7040, 'closed');
CALL assert_next('the end of its last attempt has the other looked at', '"9041"');
CALL order_closing_take(10);
CALL assert_next('and CLOSED', '"CLOSED"');
CALL order_close_each('[{"n": 0, "order_id": "9041"}]');
CALL assert_folds('closed together: events fold to the rows');
CALL assert_law('out of time');

-- What costs nothing is paid as it is placed, beside one that is not
UPDATE sku SET price = 0 WHERE sku_id = 41;
CALL assert_next('PAID at once, and the answer says so', '^0.201.*"9030", "state": "PAID", "total": 0.*"expires_at": null.*v2');
CALL place(9030, 5, 2, 'k30', 'h', '[{"sku_id": "41", "qty": 2}]', '{"name": "A"}', NULL, NULL, 0, 60);
CALL assert_next('the same key: the same answer', '^0.201.*"9030", "state": "PAID".*v2');
CALL place(9031, 5, 2, 'k30', 'h', '[{"sku_id": "41", "qty": 2}]', '{"name": "A"}', NULL, NULL, 0, 60);
CALL assert_is('once, its hold without an end', (SELECT GROUP_CONCAT(state, ' ', version, ' ', paid_at = created_at, ' ', expires_at IS NULL, ' ', due_at IS NULL)
    FROM orders WHERE order_id IN (9030, 9031)), 'PAID 2 1 1 1');
CALL assert_is('nothing is booked, nobody was asked', (SELECT COUNT(*) FROM ledger_entry WHERE order_id = 9030) + (SELECT COUNT(*) FROM payment WHERE order_id = 9030), 0);
CALL assert_is('both events go out', (SELECT GROUP_CONCAT(COALESCE(JSON_VALUE(payload, '$[0].payload.type'), JSON_VALUE(payload, '$.type')) ORDER BY event_id DESC) FROM outbox WHERE aggregate_id = 9030), 'order.placed,order.paid');
CALL assert_refused('there is nothing to pay any more', 30506, 'order.state%', 'CALL payment_open(9030, ''sandbox'', 5, 7030, ''p30'', ''h'', 0, NULL)');
CALL assert_next('one that costs something waits as ever', '^0.201.*"9032", "state": "PENDING_PAYMENT".*v1');
CALL place(9032, 5, 2, 'k32', 'h', '[{"sku_id": "41", "qty": 1}, {"sku_id": "42", "qty": 1}]', '{"name": "A"}', NULL, NULL, NULL, 60);
CALL assert_next('the audit finds it paid', '"violations": *\\[\\]');
CALL audit_payments(0, 1000);
CALL assert_next('and its units held', '"violations": *\\[\\]');
CALL audit_reserved(0, 1000);
CALL assert_next('taken back, it is cancelled at once', '^200.*"CANCELLED"');
CALL order_cancel(5, 9030, 99, NULL, NULL, NULL);
CALL assert_next('with no money under way', '"violations": *\\[\\]');
CALL audit_refunds(0, 1000);
CALL assert_law('for nothing');
UPDATE sku SET price = 500 WHERE sku_id = 41;

CALL assert_folds('events give the rows');
CALL assert_next('the audit finds nothing of what was agreed', '"violations": *\\[\\]');
CALL audit_order_terms(0, 1000);
CALL assert_next('nor that of lines', '"violations": *\\[\\]');
CALL audit_order_lines(0, 1000);
CALL assert_is('event sequences have no gap', (SELECT COUNT(*) FROM orders o WHERE version <> (SELECT COUNT(*) FROM order_event e WHERE e.order_id = o.order_id)), 0);
CALL assert_is('every event goes out', (SELECT COUNT(*) FROM order_event), (SELECT SUM(IF(payload LIKE '[%', JSON_LENGTH(payload), 1)) FROM outbox WHERE topic = 'order'));
CALL assert_is('nobody may change what happened', (SELECT COUNT(*) FROM information_schema.TABLE_PRIVILEGES
    WHERE GRANTEE = '''souk_definer''@''localhost''' AND TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN ('order_event', 'stock_movement', 'order_item')), 0);
