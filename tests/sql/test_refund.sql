-- Money that goes back: refunds, cancelling, captures that no order needs, cases for a person, batches of captures.
CALL make_shop();
CALL stock_receive(1001, -1, 41, 'main', 100, NULL);
CALL place(9001, 5, 2, 'o1', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);
CALL place(9002, 5, 2, 'o2', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);
CALL place(9003, 5, 2, 'o3', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);
CALL place(9004, 5, 2, 'o4', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);
CALL place(9005, 5, 2, 'o5', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);
CALL place(9006, 5, 2, 'o6', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);
CALL place(9007, 5, 2, 'o7', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);
CALL place(9008, 5, 2, 'o8', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);

-- A batch: the same event twice, a second event of the same capture, a second attempt, another order, a stranger
CALL payment_open(9001, 'sandbox', 5, 7001, 'p1', 'h', 0, NULL);
CALL payment_open(9001, 'sandbox', 5, 7002, 'p2', 'h', 0, NULL);
CALL payment_open(9002, 'sandbox', 5, 7003, 'p3', 'h', 1, 'CNY,EUR');
CALL assert_is('a provider that is told by the worker: CREATED', (SELECT CONCAT_WS(' ', state, due_at <= UTC_TIMESTAMP(3), tries) FROM payment WHERE payment_id = 7003), 'CREATED 1 0');
CALL assert_refused('a channel that does not take the currency', 30606, 'payment.currency%', 'CALL payment_open(9003, ''sandbox'', 5, 7009, ''p9'', ''h'', 0, ''CNY'')');
CALL payment_capture('[
    {"n": 0, "payment_id": "7001", "channel": "sandbox", "order_id": "9001", "amount": 500, "currency": "EUR", "event_id": "e1", "provider_ref": "r1", "refund_id": "8001"},
    {"n": 1, "payment_id": "7001", "channel": "sandbox", "order_id": "9001", "amount": 500, "currency": "EUR", "event_id": "e1", "provider_ref": "r1", "refund_id": "8002"},
    {"n": 2, "payment_id": "7001", "channel": "sandbox", "order_id": "9001", "amount": 500, "currency": "EUR", "event_id": "e1b", "provider_ref": "r1", "refund_id": "8003"},
    {"n": 3, "payment_id": "7002", "channel": "sandbox", "amount": 500, "currency": "EUR", "event_id": "e2", "provider_ref": "r2", "refund_id": "8004"},
    {"n": 4, "payment_id": "7003", "channel": "sandbox", "order_id": "9002", "amount": 520, "currency": "EUR", "event_id": "e3", "provider_ref": "r3", "refund_id": "8005"},
    {"n": 5, "payment_id": "7003", "channel": "sandbox", "order_id": "9002", "amount": 499, "currency": "EUR", "event_id": "e4", "provider_ref": "r3", "refund_id": "8006"},
    {"n": 6, "payment_id": "7001", "channel": "sandbox", "order_id": "9001", "amount": 500, "currency": "EUR", "event_id": "e3", "provider_ref": "r3", "refund_id": "8007"},
    {"n": 7, "payment_id": "7777", "channel": "sandbox", "amount": 500, "currency": "EUR", "event_id": "e5", "provider_ref": "r5", "refund_id": "8008"}]');
CALL assert_is('one event is heard once', (SELECT GROUP_CONCAT(CONCAT_WS(' ', event_id, outcome) ORDER BY event_id SEPARATOR ', ') FROM payment_callback), 'e1 paid, e1b ignored, e2 refund_due, e3 paid');
CALL assert_is('one capture wins', (SELECT GROUP_CONCAT(CONCAT_WS(' ', payment_id, state, captured, refund_due) ORDER BY payment_id SEPARATOR ', ') FROM payment), '7001 CAPTURED 500 0, 7002 CAPTURED 500 1, 7003 CAPTURED 520 0');
CALL assert_is('both orders are paid', (SELECT GROUP_CONCAT(state ORDER BY order_id) FROM orders WHERE order_id <= 9002), 'PAID,PAID');
CALL assert_is('the second capture and the excess go back', (SELECT GROUP_CONCAT(CONCAT_WS(' ', refund_id, payment_id, cause, amount) ORDER BY refund_id SEPARATOR ', ') FROM refund), '8004 7002 second 500, 8005 7003 excess 20');
CALL assert_is('events are in order', (SELECT GROUP_CONCAT(type ORDER BY seq) FROM order_event WHERE order_id = 9001), 'order.placed,payment.submitted,payment.submitted,order.paid,payment.refund_due');
CALL assert_is('and told', (SELECT COUNT(*) FROM outbox WHERE topic = 'order' AND aggregate_id = 9001), 5);
CALL assert_next('told alone again', '^0.200.*"e1"');
CALL capture(7001, 'sandbox', 9001, 500, 'EUR', 'e1', 'r1');
CALL assert_next('a mismatch names what differs', '30603.*amount');
CALL capture(7003, 'sandbox', 9002, 1, 'EUR', 'e9', 'r9');

-- The worker takes them
CALL assert_next('a channel with as many under way as it may have is left alone', '"items": ..');
CALL refund_take_each('[{"lane": "sandbox", "id": "1"}, {"lane": "sandbox", "id": "2"}]', 2, 10);
CALL assert_next('refunds are taken', '"8004" && "refund"');
CALL refund_take_each('[]', 8, 10);
CALL assert_is('and are SUBMITTED before anybody is asked', (SELECT GROUP_CONCAT(CONCAT_WS(' ', state, tries, due_at > UTC_TIMESTAMP(3))) FROM refund), 'SUBMITTED 1 1,SUBMITTED 1 1');
CALL assert_refused('another amount than was promised', 30603, 'payment.mismatch: amount', 'CALL refund_done(8004, ''sandbox'', ''SUCCEEDED'', 499, ''EUR'', ''f1'', ''b1'', NULL, 1)');
CALL assert_refused('so is another currency', 30603, 'payment.mismatch: currency', 'CALL refund_done(8004, ''sandbox'', ''SUCCEEDED'', 500, ''USD'', ''f1'', ''b1'', NULL, 1)');
CALL assert_refused('no such refund', 30004, 'not_found%', 'CALL refund_done(8999, ''sandbox'', ''SUCCEEDED'', 500, ''EUR'', ''f1'', ''b1'', NULL, 1)');
CALL assert_next('it is back', 'SUCCEEDED');
CALL refund_done(8004, 'sandbox', 'SUCCEEDED', 500, 'EUR', 'f1', 'b1', NULL, 1);
CALL assert_next('told again', 'SUCCEEDED');
CALL refund_done(8004, 'sandbox', 'SUCCEEDED', 500, 'EUR', 'f1', 'b1', NULL, 1);
CALL assert_next('a failure that comes after it changes nothing', 'SUCCEEDED');
CALL refund_done(8004, 'sandbox', 'FAILED', NULL, NULL, NULL, NULL, 'no', 1);
CALL assert_is('booked in two steps', (SELECT GROUP_CONCAT(CONCAT_WS(' ', line, kind, account, debit, credit) ORDER BY line SEPARATOR ', ') FROM ledger_entry WHERE transfer_id = 8004),
    '1 refund order:9001 500 0, 2 refund refunds:sandbox 0 500, 3 refund_paid refunds:sandbox 500 0, 4 refund_paid channel:sandbox 0 500');
CALL assert_is('what the order says', (SELECT order_money_json(9001)), JSON_EXTRACT('{"paid": 1000, "refunding": 0, "refunded": 500, "due": 0}', '$'));
CALL assert_is('and one that waits', (SELECT order_money_json(9003)), JSON_EXTRACT('{"paid": 0, "refunding": 0, "refunded": 0, "due": 500}', '$'));

-- Staff gives a part back, and no more than there is
CALL assert_next('a part', '^201.*REQUESTED');
CALL refund_create(9001, 200, 'Scratched', 6, 8010, 'k1', 'h');
CALL assert_next('under its key it is the same', '^201.*8010');
CALL refund_create(9001, 200, 'Scratched', 6, 8011, 'k1', 'h');
CALL assert_refused('more than is left', 30607, 'refund.exceeds: 300 EUR are left', 'CALL refund_create(9001, 301, ''x'', 6, 8012, ''k2'', ''h'')');
CALL assert_next('the rest', '^201.*"amount": 300');
CALL refund_create(9001, NULL, 'Lost', 6, 8013, 'k3', 'h');
CALL assert_refused('nothing is left', 30608, 'refund.nothing%', 'CALL refund_create(9001, NULL, ''x'', 6, 8014, ''k4'', ''h'')');
CALL assert_refused('nothing was paid', 30608, 'refund.nothing%', 'CALL refund_create(9003, NULL, ''x'', 6, 8014, ''k5'', ''h'')');
CALL assert_refused('no order', 30004, 'not_found%', 'CALL refund_create(9999, NULL, ''x'', 6, 8014, ''k6'', ''h'')');
CALL assert_next('one fails', 'FAILED');
CALL refund_done(8013, 'sandbox', 'FAILED', NULL, NULL, NULL, NULL, 'card expired', 8020);
CALL assert_is('a person is called', (SELECT CONCAT_WS(' ', kind, reference, state) FROM payment_case WHERE case_id = 8020), 'refund_failed 8013 open');
CALL assert_is('its promise is taken back', (SELECT order_money_json(9001)), JSON_EXTRACT('{"paid": 1000, "refunding": 200, "refunded": 500, "due": 0}', '$'));
CALL assert_refused('that it was made after all is for a person', 30603, 'payment.mismatch: state', 'CALL refund_done(8013, ''sandbox'', ''SUCCEEDED'', 300, ''EUR'', ''f2'', ''b2'', NULL, 1)');
CALL assert_next('and may be asked for again', '^201.*"amount": 300');
CALL refund_create(9001, NULL, 'Lost', 6, 8015, 'k7', 'h');
CALL assert_next('its buyer sees them', '8004.*8010.*8013.*8015');
CALL refund_list(5, 9001);
CALL assert_refused('nobody else does', 30004, 'not_found%', 'CALL refund_list(6, 9001)');

-- Cancelling a paid order
CALL payment_open(9003, 'sandbox', 5, 7010, 'p10', 'h', 0, NULL);
CALL capture(7010, 'sandbox', 9003, 500, 'EUR', 'e10', 'r10');
CALL assert_next('its buyer takes it back', 'CANCELLING');
CALL order_cancel(5, 9003, 8030, NULL, NULL, NULL);
CALL assert_is('its units stay held', (SELECT SUM(reserved_change) FROM stock_movement WHERE reference = 9003), 1);
CALL assert_refused('once', 30506, 'order.state: the order is CANCELLING', 'CALL order_cancel(5, 9003, 8031, NULL, NULL, NULL)');
CALL assert_next('the refund fails', 'FAILED');
CALL refund_done(8030, 'sandbox', 'FAILED', NULL, NULL, NULL, NULL, 'no', 8032);
CALL assert_is('it stays CANCELLING', (SELECT state FROM orders WHERE order_id = 9003), 'CANCELLING');
CALL assert_next('support tries again', '^201');
CALL refund_create(9003, NULL, 'Cancelled', 6, 8033, 'k8', 'h');
CALL assert_next('the money is back', 'SUCCEEDED');
CALL refund_done(8033, 'sandbox', 'SUCCEEDED', 500, 'EUR', 'f3', 'b3', NULL, 1);
CALL assert_is('it is CANCELLED', (SELECT CONCAT_WS(' ', state, closed_at IS NOT NULL) FROM orders WHERE order_id = 9003), 'CANCELLED 1');
CALL assert_is('its units are free', (SELECT SUM(reserved_change) FROM stock_movement WHERE reference = 9003), 0);

-- One that its provider never makes: a person gives the money back past it
CALL place(9010, 5, 2, 'o10', 'h', '[{"sku_id": "41", "qty": 2}]', '{}', NULL, NULL, NULL, 60);
CALL payment_open(9010, 'sandbox', 5, 7090, 'p90', 'h', 0, NULL);
CALL capture(7090, 'sandbox', 9010, 1000, 'EUR', 'e90', 'r90');
CALL assert_next('its buyer takes it back', 'CANCELLING');
CALL order_cancel(5, 9010, 8090, NULL, NULL, NULL);
CALL assert_next('the refund fails', 'FAILED');
CALL refund_done(8090, 'sandbox', 'FAILED', NULL, NULL, NULL, NULL, 'account closed', 8091);
CALL assert_next('support tries again', '^201');
CALL refund_create(9010, NULL, 'Cancelled', 6, 8092, 'k90', 'h');
CALL assert_refused('what is under way again is not given back by hand', 30604, 'payment.state: nothing that failed%', 'CALL payment_case_close(8091, ''Paid in cash'', ''refunded'', 6, 8093, NULL, NULL)');
CALL assert_next('it fails for good', 'FAILED');
CALL refund_done(8092, 'sandbox', 'FAILED', NULL, NULL, NULL, NULL, 'account closed', 8094);
CALL assert_next('a case may be closed for the other', 'closed');
CALL payment_case_close(8091, 'Tried again', NULL, 6, 8095, NULL, NULL);
CALL assert_is('which ends nothing', (SELECT state FROM orders WHERE order_id = 9010), 'CANCELLING');
CALL assert_next('the money is back', 'closed');
CALL payment_case_close(8094, 'Paid in cash', 'refunded', 6, 8096, NULL, NULL);
CALL assert_next('once', 'Paid in cash');
CALL payment_case_close(8094, 'Again', 'refunded', 6, 8097, NULL, NULL);
CALL assert_is('as a refund past the provider', (SELECT GROUP_CONCAT(CONCAT_WS(' ', refund_id, channel, state, amount, cause, due_at IS NULL) ORDER BY refund_id SEPARATOR ', ') FROM refund WHERE order_id = 9010),
    '8090 sandbox FAILED 1000 cancel 1, 8092 sandbox FAILED 1000 staff 1, 8096 manual SUCCEEDED 1000 staff 1');
CALL assert_is('booked where the money came from', (SELECT GROUP_CONCAT(CONCAT_WS(' ', line, account, debit, credit) ORDER BY line SEPARATOR ', ') FROM ledger_entry WHERE transfer_id = 8096),
    '1 order:9010 1000 0, 2 refunds:manual 0 1000, 3 refunds:manual 1000 0, 4 channel:manual 0 1000');
CALL assert_is('what the order says', (SELECT order_money_json(9010)), JSON_EXTRACT('{"paid": 1000, "refunding": 0, "refunded": 1000, "due": 0}', '$'));
CALL assert_is('it is CANCELLED, its units are free', (SELECT CONCAT_WS(' ', o.state, SUM(m.reserved_change)) FROM orders o JOIN stock_movement m ON m.reference = o.order_id WHERE o.order_id = 9010 GROUP BY o.state), 'CANCELLED 0');
CALL assert_next('the books agree', '"violations": *\\[\\]');
CALL audit_refunds(9009, 1);

CALL payment_open(9004, 'sandbox', 5, 7011, 'p11', 'h', 0, NULL);
CALL capture(7011, 'sandbox', 9004, 500, 'EUR', 'e11', 'r11');
UPDATE orders SET state = 'ON_HOLD' WHERE order_id = 9004;
CALL order_event_append(9004, 'order.held', '{}');
CALL assert_next('support takes one back that is held', 'CANCELLING');
CALL order_cancel_by_staff(9004, 'Fraud', 6, 8040, 'k9', 'h', NULL);
CALL assert_is('all of it goes back', (SELECT CONCAT_WS(' ', amount, cause, requested_by) FROM refund WHERE refund_id = 8040), '500 cancel 6');
CALL payment_open(9005, 'sandbox', 5, 7012, 'p12', 'h', 0, NULL);
CALL order_cancel_by_staff(9005, NULL, 6, 8041, NULL, NULL, NULL);
CALL assert_is('an unpaid one is closed in two phases', (SELECT state FROM orders WHERE order_id = 9005), 'CLOSING');

-- A second capture whose refund failed stands beside the one that paid
CALL place(9009, 5, 2, 'o9', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);
CALL payment_open(9009, 'sandbox', 5, 7081, 'p81', 'h', 0, NULL);
CALL payment_open(9009, 'sandbox', 5, 7082, 'p82', 'h', 0, NULL);
CALL capture(7081, 'sandbox', 9009, 500, 'EUR', 'e81', 'r81');
CALL capture(7082, 'sandbox', 9009, 500, 'EUR', 'e82', 'r82');
CALL assert_next('the refund of the second fails', 'FAILED');
CALL refund_done((SELECT refund_id FROM refund WHERE payment_id = 7082), 'sandbox', 'FAILED', NULL, NULL, NULL, NULL, 'no', 8060);
CALL refund_request(9009, 8061, 100, 'return', NULL, 6, @amount);
CALL assert_is('what comes back is paid from what paid', (SELECT payment_id FROM refund WHERE refund_id = 8061), 7081);
UPDATE order_item SET cancelled = 1 WHERE order_id = 9009;
CALL assert_is('and no more than is left of that', order_rest_amount(9009), 400);
UPDATE order_item SET cancelled = 0 WHERE order_id = 9009;
CALL assert_next('its buyer takes it back', 'CANCELLING');
CALL order_cancel(5, 9009, 8062, NULL, NULL, NULL);
CALL assert_is('so does this', (SELECT CONCAT_WS(' ', payment_id, amount) FROM refund WHERE refund_id = 8062), '7081 400');
CALL assert_next('the first is back', 'SUCCEEDED');
CALL refund_done(8061, 'sandbox', 'SUCCEEDED', 100, 'EUR', 'f61', 'b61', NULL, 1);
CALL assert_next('all of what was paid is back', 'SUCCEEDED');
CALL refund_done(8062, 'sandbox', 'SUCCEEDED', 400, 'EUR', 'f62', 'b62', NULL, 1);
CALL assert_is('the second capture is still its buyer''s', (SELECT state FROM orders WHERE order_id = 9009), 'CANCELLING');
CALL assert_next('support repeats what failed', '^201.*500');
CALL refund_create(9009, NULL, 'Twice', 6, 8063, 'k81', 'h');
CALL assert_next('it is back', 'SUCCEEDED');
CALL refund_done(8063, 'sandbox', 'SUCCEEDED', 500, 'EUR', 'f63', 'b63', NULL, 1);
CALL assert_is('then it is CANCELLED', (SELECT state FROM orders WHERE order_id = 9009), 'CANCELLED');

-- A wrong amount is for a person
CALL assert_next('it is put down', '"open"');
CALL payment_case_open(8050, 'wrong_amount', 'sandbox:e9', 'sandbox', NULL, 7012, NULL, '{"amount": 100, "currency": "EUR", "provider_ref": "r12"}');
CALL assert_next('once', '8050');
CALL payment_case_open(8051, 'wrong_amount', 'sandbox:e9', 'sandbox', NULL, 7012, NULL, '{}');
CALL assert_next('the list has it with its order', '"8050".*"9005"');
CALL payment_case_list('open', 'wrong_amount', NULL, 10);
CALL assert_is('its provider is asked', (SELECT due_at <= UTC_TIMESTAMP(3) AND tries = 0 FROM payment WHERE payment_id = 7012), 1);
CALL assert_refused('what a callback said is not booked', 30604, 'payment.state: the provider has not said%', 'CALL payment_case_close(8050, ''x'', ''refund'', 6, 8052, NULL, NULL)');
CALL assert_next('another currency is for people', '"noted": false');
CALL payment_taken(7012, 90, 'USD', 'r12');
CALL assert_next('the provider says what it took', '"noted": true');
CALL payment_taken(7012, 90, 'EUR', 'r13');
CALL assert_next('there may be another case of it', '"open"');
CALL payment_case_open(8054, 'wrong_amount', 'sandbox:query-r13', 'sandbox', NULL, 7012, NULL, '{"amount": 90, "currency": "EUR", "provider_ref": "r13"}');
CALL assert_next('that is booked and goes back', '^200.*"taken": 90.*closed');
CALL payment_case_close(8050, 'Sent back', 'refund', 6, 8052, NULL, NULL);
CALL assert_is('as a refund', (SELECT CONCAT_WS(' ', amount, cause, state) FROM refund WHERE refund_id = 8052), '90 amount REQUESTED');
CALL assert_is('the payment has it', (SELECT CONCAT_WS(' ', state, captured, provider_ref) FROM payment WHERE payment_id = 7012), 'CAPTURED 90 r13');
CALL assert_is('and no case is left', (SELECT GROUP_CONCAT(state) FROM payment_case WHERE payment_id = 7012), 'closed,closed');
CALL assert_next('and the order closes', 'CLOSED');
CALL order_close_each('[{"n": 0, "order_id": "9005"}]');
CALL assert_next('a case that is closed stays as it is', 'Sent back');
CALL payment_case_close(8050, 'Again', 'refund', 6, 8053, NULL, NULL);

-- What the worker does about attempts
CALL payment_open(9006, 'sandbox', 5, 7020, 'p20', 'h', 1, NULL);
CALL payment_open(9006, 'sandbox', 5, 7021, 'p21', 'h', 0, NULL);
CALL assert_next('what is under way is not taken again', '"items": ..');
CALL payment_take_each('[{"lane": "sandbox new", "id": "7020"}]', 8, 10);
CALL assert_next('nor any of a lane that has all it may', '"items": ..');
CALL payment_take_each('[{"lane": "sandbox new", "id": "1"}]', 1, 10);
CALL assert_next('a new attempt is to be opened', '{"payment_id": "7020" & "action": "open"}');
CALL payment_take_each('[]', 8, 10);
CALL assert_is('under a lease', (SELECT lease_until > UTC_TIMESTAMP(3) + INTERVAL 12 SECOND FROM payment WHERE payment_id = 7020), 1);
CALL assert_next('the provider knows it', 'SUBMITTED.*https://pay');
CALL payment_submitted(7020, 'cs_1', 'https://pay', NULL);
CALL assert_next('nothing is due', '"items": ..');
CALL payment_take_each('[]', 8, 10);
CALL capture(7020, 'sandbox', 9006, 500, 'EUR', 'e20', 'r20');
CALL assert_next('the order is paid: the other attempt is closed', '{"payment_id": "7021" & "action": "close"}');
CALL payment_take_each('[]', 8, 10);
CALL payment_open(9007, 'sandbox', 5, 7022, 'p22', 'h', 1, NULL);
CALL assert_next('a provider that refuses', 'FAILED');
CALL payment_refused(7022);
CALL payment_open(9007, 'sandbox', 5, 7023, 'p23', 'h', 0, NULL);
CALL payment_authorise(7023, 'sandbox', 9007, 500, 'EUR', 'e23', 'r23');
CALL assert_is('the buyer has agreed', (SELECT state FROM payment WHERE payment_id = 7023), 'AUTHORISED');
CALL assert_is('which pays nothing', (SELECT state FROM orders WHERE order_id = 9007), 'PENDING_PAYMENT');
CALL assert_next('the money is to be taken', '{"payment_id": "7023" & "action": "capture"}');
CALL payment_take_each('[]', 8, 10);
CALL capture(7023, 'sandbox', 9007, 500, 'EUR', 'e24', 'r23');
CALL assert_is('then it is paid', (SELECT state FROM orders WHERE order_id = 9007), 'PAID');

-- One that has ended and of which somebody says that a wrong amount was taken
CALL payment_open(9008, 'sandbox', 5, 7024, 'p24', 'h', 0, NULL);
CALL assert_next('it is closed', 'VOIDED');
CALL payment_closed(7024, 'closed');
CALL assert_next('a wrong amount', '"open"');
CALL payment_case_open(8055, 'wrong_amount', 'sandbox:e24', 'sandbox', NULL, 7024, NULL, '{"amount": 1}');
CALL assert_next('its provider is asked', '{"payment_id": "7024" & "action": "query"}');
CALL payment_take_each('[]', 8, 10);
UPDATE payment SET due_at = UTC_TIMESTAMP(3), tries = 8 WHERE payment_id = 7024;
CALL assert_next('nine times', '{"payment_id": "7024" & "action": "query"}');
CALL payment_take_each('[]', 8, 10);
CALL assert_is('and no more', (SELECT due_at IS NULL FROM payment WHERE payment_id = 7024), 1);

-- The books
CALL assert_folds('events fold into orders');
CALL assert_is('debits equal credits', (SELECT COUNT(*) FROM (SELECT transfer_id FROM ledger_entry GROUP BY transfer_id, currency HAVING SUM(debit) <> SUM(credit)) l), 0);
CALL assert_refused('nobody changes the ledger', 30001, 'internal: the ledger is append-only', 'UPDATE ledger_entry SET debit = debit + 1');
CALL assert_refused('or erases from it', 30001, 'internal: the ledger is append-only', 'DELETE FROM ledger_entry');
