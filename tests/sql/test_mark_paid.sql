-- Money that came past the providers: an order is marked as paid, its money goes back past them too.
CALL make_shop();
CALL stock_receive(1001, -1, 41, 'main', 100, NULL);
CALL place(9001, 5, 2, 'o1', 'h', '[{"sku_id": "41", "qty": 2}]', '{}', NULL, NULL, NULL, 60);
CALL place(9002, 5, 2, 'o2', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);

CALL payment_open(9001, 'sandbox', 5, 7001, 'p1', 'h', 0, NULL);
UPDATE payment SET due_at = UTC_TIMESTAMP(3) + INTERVAL 1 DAY;
CALL assert_refused('of another version', 30013, 'precondition.failed', 'CALL order_mark_paid(6, 9001, 7002, ''k1'', ''h'', 1, ''bank 1'', NULL, NULL, NULL)');
CALL assert_refused('there is no such order', 30004, 'not_found%', 'CALL order_mark_paid(6, 9999, 7002, ''k1'', ''h'', NULL, ''bank 1'', NULL, NULL, NULL)');
CALL assert_next('the order is paid', '^200.*"PAID"');
CALL order_mark_paid(6, 9001, 7002, 'k1', 'h', 2, 'Überweisung 1', 'by telephone', NULL, NULL);
CALL assert_next('and its row says so', '1000.*CAPTURED.*manual.*NULL.*berweisung 1');
SELECT captured, state, channel, due_at, provider_ref FROM payment WHERE payment_id = 7002;
CALL assert_next('under its key it is the same', '^200.*"PAID"');
CALL order_mark_paid(6, 9001, 7003, 'k1', 'h', 2, 'Überweisung 1', 'by telephone', NULL, NULL);
CALL assert_is('once', (SELECT GROUP_CONCAT(CONCAT_WS(' ', payment_id, state) ORDER BY payment_id) FROM payment), '7001 SUBMITTED,7002 CAPTURED');
CALL assert_refused('and never again', 30506, 'order.state: the order is PAID', 'CALL order_mark_paid(6, 9001, 7003, ''k2'', ''h'', NULL, ''bank 1'', NULL, NULL, NULL)');
CALL assert_is('it is booked', (SELECT GROUP_CONCAT(CONCAT_WS(' ', kind, account, debit, credit) ORDER BY line SEPARATOR ', ') FROM ledger_entry WHERE transfer_id = 7002),
    'capture channel:manual 1000 0, capture order:9001 0 1000');
CALL assert_is('nobody closes it', (SELECT CONCAT_WS(' ', expires_at IS NULL, due_at IS NULL, paid_at IS NOT NULL) FROM orders WHERE order_id = 9001), '1 1 1');
CALL assert_is('the attempt that is open is to be closed', (SELECT due_at <= UTC_TIMESTAMP(3) FROM payment WHERE payment_id = 7001), 1);
CALL assert_is('events say who', (SELECT GROUP_CONCAT(CONCAT_WS(' ', type, JSON_UNQUOTE(JSON_EXTRACT(data, '$.state')), JSON_UNQUOTE(JSON_EXTRACT(data, '$.internal.staff')),
    JSON_UNQUOTE(JSON_EXTRACT(data, '$.internal.reference')), JSON_UNQUOTE(JSON_EXTRACT(data, '$.internal.reason'))) ORDER BY seq SEPARATOR ', ') FROM order_event WHERE order_id = 9001 AND seq > 2),
    'payment.recorded PENDING_PAYMENT 6 Überweisung 1 by telephone, order.paid PAID');
CALL capture(7001, 'sandbox', 9001, 1000, 'EUR', 'e1', 'r1');
CALL assert_is('what a provider takes all the same goes back', (SELECT CONCAT_WS(' ', payment_id, cause, amount) FROM refund), '7001 second 1000');

-- A refund waits for a person
CALL refund_create(9001, 400, 'Scratched', 6, 8001, 'k3', 'h');
CALL assert_is('of what came by hand', (SELECT CONCAT_WS(' ', channel, amount) FROM refund WHERE refund_id = 8001), 'manual 400');
CALL assert_next('the worker takes it', '"8001" && "manual"');
CALL refund_take_each('[]', 8, 10);
CALL payment_case_open(8100, 'refund_by_hand', '8001', 'manual', 9001, 7002, 8001, '{"amount": 400}');
CALL assert_refused('it is not closed by the way', 30604, 'payment.state: say refunded%', 'CALL payment_case_close(8100, ''x'', NULL, 6, 8200, NULL, NULL)');
CALL assert_refused('nor booked as a wrong amount', 30604, 'payment.state%', 'CALL payment_case_close(8100, ''x'', ''refund'', 6, 8200, NULL, NULL)');
CALL assert_is('it goes on waiting', (SELECT CONCAT_WS(' ', c.state, r.state) FROM payment_case c JOIN refund r ON r.refund_id = c.refund_id WHERE c.case_id = 8100), 'open SUBMITTED');
CALL assert_next('the money is back', '^200.*"closed"');
CALL payment_case_close(8100, 'Sent to his bank', 'refunded', 6, 8200, NULL, NULL);
CALL assert_is('and the refund over', (SELECT CONCAT_WS(' ', c.state, c.note, c.closed_by, r.state, r.due_at IS NULL) FROM payment_case c JOIN refund r ON r.refund_id = c.refund_id WHERE c.case_id = 8100), 'closed Sent to his bank 6 SUCCEEDED 1');
CALL assert_is('booked', (SELECT GROUP_CONCAT(CONCAT_WS(' ', account, debit, credit) ORDER BY line SEPARATOR ', ') FROM ledger_entry WHERE transfer_id = 8001 AND line > 2), 'refunds:manual 400 0, channel:manual 0 400');
CALL assert_next('closed again it stays as it is', '^200.*Sent to his bank');
CALL payment_case_close(8100, 'Twice', 'refunded', 6, 8200, NULL, NULL);
CALL payment_case_open(8101, 'refund_stuck', '8001', 'sandbox', 9001, 7001, NULL, '{}');
CALL assert_refused('a provider ends its own', 30604, 'payment.state: no refund%', 'CALL payment_case_close(8101, ''x'', ''refunded'', 6, 8200, NULL, NULL)');

-- A reference names one payment; that it is for several orders has to be said
CALL place(9003, 5, 2, 'o3', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);
CALL assert_next('an order that was paid by it', '^200.*"9001"');
CALL payment_reference_find('Überweisung 1', 9003);
CALL assert_next('is no other one', '^200.*null');
CALL payment_reference_find('Überweisung 1', 9001);
CALL assert_refused('the other order is named', 30609, 'payment.reference_used: order 9001', 'CALL order_mark_paid(6, 9003, 7020, ''k5'', ''h'', NULL, ''Überweisung 1'', NULL, NULL, 9001)');
CALL assert_is('nothing is paid', (SELECT COUNT(*) FROM payment WHERE order_id = 9003), 0);
CALL assert_next('unless it is meant', '^200.*"PAID"');
CALL order_mark_paid(6, 9003, 7020, 'k5', 'h', NULL, 'Überweisung 1', NULL, 1, 9001);
CALL assert_next('and the answer stands, whoever uses it later', '^200.*"PAID"');
CALL order_mark_paid(6, 9003, 7021, 'k5', 'h', NULL, 'Überweisung 1', NULL, 0, 9001);
CALL assert_is('both are written down', (SELECT GROUP_CONCAT(order_id ORDER BY order_id) FROM payment_reference WHERE reference = 'Überweisung 1'), '9001,9003');

-- An order claims its reference before it looks for others
CALL place(9004, 5, 2, 'o4', 'h', '[{"sku_id": "41", "qty": 1}]', '{}', NULL, NULL, NULL, 60);
CALL assert_next('claimed', '^200');
CALL payment_claim_make('Überweisung 2', 9004, 7040);
CALL assert_next('which may be repeated', '^200');
CALL payment_claim_make('Überweisung 2', 9004, 7040);
CALL assert_next('it is seen by others', '^200.*"9004"');
CALL payment_reference_find('Überweisung 2', 9003);
CALL assert_next('another request claims it for the same order', '^200');
CALL payment_claim_make('Überweisung 2', 9004, 7042);
CALL assert_next('which takes back its own', '^200');
CALL payment_claim_drop('Überweisung 2', 9004, 7042);
CALL assert_next('so the first one is still seen', '^200.*"9004"');
CALL payment_reference_find('Überweisung 2', 9003);
CALL assert_next('taken back', '^200');
CALL payment_claim_drop('Überweisung 2', 9004, 7040);
CALL assert_next('it is not', '^200.*null');
CALL payment_reference_find('Überweisung 2', 9003);
CALL assert_next('what paid an order is not taken back', '^200');
CALL payment_claim_drop('Überweisung 1', 9003, 7020);
CALL assert_next('but seen', '^200.*"9003"');
CALL payment_reference_find('Überweisung 1', 9001);
CALL assert_next('an order that waits for no money claims none', '^200');
CALL payment_claim_make('Überweisung 3', 9003, 7041);
CALL assert_is('nothing is written down', (SELECT COUNT(*) FROM payment_reference WHERE reference = 'Überweisung 3'), 0);
INSERT INTO payment_reference (reference, order_id) VALUES ('Überweisung 4', 9003);
CALL assert_next('a claim that was left behind counts only while its order waits', '^200.*null');
CALL payment_reference_find('Überweisung 4', 9001);
DELETE FROM slot_owner WHERE slot = 255;
CALL assert_refused('not on this shard', 30015, 'slot.moved%', 'CALL payment_claim_make(''x'', 255, 511)');
CALL assert_next('claimed again', '^200');
CALL payment_claim_make('Überweisung 2', 9004, 7040);
CALL assert_next('it is marked', '^200.*"PAID"');
CALL order_mark_paid(6, 9004, 7030, 'k7', 'h', NULL, 'Überweisung 2', NULL, NULL, NULL);

-- An order that is taken back is CANCELLED when the person says that the money is back
CALL order_mark_paid(6, 9002, 7010, 'k4', 'h', NULL, 'cash', NULL, NULL, NULL);
CALL order_cancel_by_staff(9002, NULL, 6, 8010, NULL, NULL, NULL);
CALL payment_case_open(8110, 'refund_by_hand', '8010', 'manual', 9002, 7010, 8010, '{"amount": 500}');
CALL assert_is('it waits', (SELECT state FROM orders WHERE order_id = 9002), 'CANCELLING');
CALL payment_case_close(8110, 'Paid out', 'refunded', 6, 8201, NULL, NULL);
CALL assert_is('and ends', (SELECT state FROM orders WHERE order_id = 9002), 'CANCELLED');
CALL assert_is('its unit is free', (SELECT reserved FROM stock WHERE sku_id = 41 AND pool = 'main'), 4);

CALL assert_next('captures and orders agree', '"violations": *\\[\\]');
CALL audit_payments(0, 1000);
CALL assert_next('so do refunds', '"violations": *\\[\\]');
CALL audit_refunds(0, 1000);
CALL assert_next('debits are credits', '"violations": *\\[\\]');
CALL audit_ledger(0, 1000);
CALL assert_folds('events are the rows');
CALL assert_law('in the end');
