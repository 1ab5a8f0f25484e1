-- Orders above a total are held when they are paid, whichever way; without a rule none is.
CALL make_shop();
CALL stock_receive(1001, -1, 41, 'main', 100, NULL);
CALL stock_receive(1002, -1, 43, 'main', 100, NULL);
CALL place(9001, 5, 2, 'o1', 'h', '[{"sku_id": "41", "qty": 3}]', '{}', NULL, NULL, NULL, 60);
CALL place(9002, 5, 2, 'o2', 'h', '[{"sku_id": "41", "qty": 2}]', '{}', NULL, NULL, NULL, 60);
CALL place(9003, 5, 2, 'o3', 'h', '[{"sku_id": "41", "qty": 3}]', '{}', NULL, NULL, NULL, 60);
CALL place(9004, 5, 2, 'o4', 'h', '[{"sku_id": "41", "qty": 3}]', '{}', NULL, NULL, NULL, 60);
CALL place(9005, 5, 2, 'o5', 'h', '[{"sku_id": "43", "qty": 9}]', '{}', NULL, NULL, NULL, 60);
CALL place(9006, 5, 2, 'o6', 'h', '[{"sku_id": "41", "qty": 3}]', '{}', NULL, NULL, NULL, 60);

CALL pay(9001, 5, 7001);
CALL assert_is('without a rule none is held', (SELECT state FROM orders WHERE order_id = 9001), 'PAID');
CALL assert_next('a rule comes', '^200');
CALL hold_rule_apply('[{"currency": "EUR", "above": 1000, "version": 2}]');
CALL hold_rule_apply('[{"currency": "EUR", "above": 1, "version": 1}]');
CALL assert_is('an older one changes nothing', (SELECT CONCAT_WS(' ', currency, above, version) FROM hold_rule), 'EUR 1000 2');
CALL pay(9002, 5, 7002);
CALL assert_is('the total itself is not above it', (SELECT state FROM orders WHERE order_id = 9002), 'PAID');
CALL pay(9003, 5, 7003);
CALL assert_is('more is held', (SELECT CONCAT_WS(' ', state, paid_at IS NOT NULL, held_at IS NOT NULL, expires_at IS NULL) FROM orders WHERE order_id = 9003), 'ON_HOLD 1 1 1');
CALL assert_is('the events say it and the rule', (SELECT GROUP_CONCAT(CONCAT_WS(' ', type, JSON_UNQUOTE(JSON_EXTRACT(data, '$.state')), JSON_UNQUOTE(JSON_EXTRACT(data, '$.internal.rule')),
    JSON_EXTRACT(data, '$.internal.above')) ORDER BY seq SEPARATOR ', ') FROM order_event WHERE order_id = 9003 AND seq > 2), 'order.paid PAID, order.held ON_HOLD total 1000');
CALL assert_is('and are told', (SELECT COUNT(*) FROM outbox WHERE topic = 'order' AND aggregate_id = 9003), 4);
CALL assert_next('marked by hand it is held too', '^200.*"ON_HOLD"');
CALL order_mark_paid(6, 9004, 7004, 'k1', 'h', NULL, 'bank 1', NULL, NULL, NULL);
CALL pay(9005, 5, 7005);
CALL assert_is('another currency has no rule', (SELECT state FROM orders WHERE order_id = 9005), 'PAID');
CALL assert_next('support lets it go', '^200.*"PAID"');
CALL order_release(6, 9003, NULL, NULL, NULL);
CALL capture(7003, 'sandbox', 9003, 1500, 'EUR', 'again', 'ref');
CALL assert_is('and no repetition takes it back', (SELECT state FROM orders WHERE order_id = 9003), 'PAID');
CALL hold_rule_apply('[{"currency": "EUR", "above": null, "version": 3}]');
CALL pay(9006, 5, 7006);
CALL assert_is('switched off none is held', (SELECT state FROM orders WHERE order_id = 9006), 'PAID');

CALL assert_next('captures and orders agree', '"violations": *\\[\\]');
CALL audit_payments(0, 1000);
CALL assert_folds('events are the rows');
CALL assert_law('in the end');
