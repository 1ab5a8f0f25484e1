-- A paid order on its way: held, packed, shipped in parts, delivered, completed; and every transition that is refused.
CALL make_shop();
INSERT INTO account (account_id, email, password_hash, created_at, changed_at)
VALUES (5, 'ada@example.com', 'x', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3));
CALL stock_receive(1001, -1, 41, 'main', 50, NULL);
CALL stock_receive(1002, -1, 42, 'main', 50, NULL);
CALL place(9001, 5, 2, 'k1', 'h', '[{"sku_id": "42", "qty": 3}, {"sku_id": "41", "qty": 2}]', '{"name": "Ada"}', NULL, NULL, NULL, 60);

-- Nothing happens to what is not paid
CALL assert_refused('not paid: not held', 30506, 'order.state: the order is PENDING_PAYMENT', 'CALL order_hold(7, 9001, NULL, NULL, NULL, NULL)');
CALL assert_refused('not paid: not shipped', 30506, 'order.state: the order is PENDING_PAYMENT',
    'CALL shipment_create(3001, 7, 9001, NULL, NULL, NULL, NULL, NULL, NULL, 0)');
CALL assert_refused('not paid: not received', 30506, 'order.state: the order is PENDING_PAYMENT', 'CALL order_confirm_receipt(5, 9001, NULL, NULL, NULL)');
CALL pay(9001, 5, 7001);

-- Holding
CALL assert_refused('no such order', 30004, 'not_found%', 'CALL order_hold(7, 1, NULL, NULL, NULL, NULL)');
CALL assert_refused('held by another version', 30013, 'precondition.failed', 'CALL order_hold(7, 9001, NULL, NULL, 1, NULL)');
CALL assert_refused('what is not held cannot be released', 30506, 'order.state: the order is PAID', 'CALL order_release(7, 9001, NULL, NULL, NULL)');
CALL assert_next('support holds it', '^200.*"ON_HOLD".*ada@example.com.*v4$');
CALL order_hold(7, 9001, 'h1', 'h', 3, 'address looks wrong');
CALL assert_next('the same key: the same answer', '^200.*"ON_HOLD".*v4$');
CALL order_hold(7, 9001, 'h1', 'h', 3, 'address looks wrong');
CALL assert_refused('twice', 30506, 'order.state: the order is ON_HOLD', 'CALL order_hold(7, 9001, NULL, NULL, NULL, NULL)');
CALL assert_refused('what is held is not packed', 30506, 'order.state: the order is ON_HOLD',
    'CALL shipment_create(3001, 7, 9001, NULL, NULL, NULL, NULL, NULL, NULL, 0)');
CALL assert_is('why stands in its event', (SELECT JSON_UNQUOTE(JSON_EXTRACT(data, '$.internal.reason')) FROM order_event WHERE order_id = 9001 AND seq = 4), 'address looks wrong');
CALL assert_next('which its buyer does not read', '^200.*order.held && {"state": "ON_HOLD"} && !address looks wrong && !internal');
CALL order_events(5, 9001);
CALL assert_law('held');
CALL assert_next('released', '^200.*"PAID".*v5$');
CALL order_release(7, 9001, NULL, NULL, NULL);
CALL assert_is('and no longer held since', (SELECT held_at FROM orders WHERE order_id = 9001), NULL);

-- Packing
CALL assert_refused('a line that is not there', 30003, 'request.invalid: items[1].line: the order has no such line',
    'CALL shipment_create(3001, 7, 9001, NULL, NULL, NULL, ''[{"line": 1, "qty": 1}, {"line": 3, "qty": 1}]'', NULL, NULL, 0)');
CALL assert_refused('a line twice', 30003, 'request.invalid: items[1].line: named twice',
    'CALL shipment_create(3001, 7, 9001, NULL, NULL, NULL, ''[{"line": 1, "qty": 1}, {"line": 1, "qty": 1}]'', NULL, NULL, 0)');
CALL assert_refused('more than was bought', 31001, 'shipment.quantity: line 1: 3 units are left to ship',
    'CALL shipment_create(3001, 7, 9001, NULL, NULL, NULL, ''[{"line": 1, "qty": 4}]'', NULL, NULL, 0)');
CALL assert_is('refusals leave nothing behind', (SELECT COUNT(*) FROM shipment) + (SELECT COUNT(*) FROM shipment_item), 0);
CALL assert_next('a parcel is packed', '^201.*"READY".*v1.*/v1/admin/shipments/3001$');
CALL shipment_create(3001, 7, 9001, 's1', 'h', 5, '[{"line": 1, "qty": 2}]', NULL, NULL, 0);
CALL assert_next('the same key: the same parcel', '^201.*"3001".*v1.*/v1/admin/shipments/3001$');
CALL shipment_create(3002, 7, 9001, 's1', 'h', 5, '[{"line": 1, "qty": 2}]', NULL, NULL, 0);
CALL assert_is('the order is PAID still', (SELECT state FROM orders WHERE order_id = 9001), 'PAID');
CALL assert_refused('what is in a parcel is not left', 31001, 'shipment.quantity: line 1: 1 units are left to ship',
    'CALL shipment_create(3002, 7, 9001, NULL, NULL, NULL, ''[{"line": 1, "qty": 2}]'', NULL, NULL, 0)');
CALL assert_law('packed');

-- Shipping in parts
CALL assert_refused('a parcel that has not left does not arrive', 31002, 'shipment.state: the shipment is READY',
    'CALL shipment_change(3001, 7, NULL, NULL, NULL, ''DELIVERED'', NULL, NULL)');
CALL assert_refused('nothing to change', 30003, 'request.invalid: state, carrier or tracking', 'CALL shipment_change(3001, 7, NULL, NULL, NULL, NULL, NULL, NULL)');
CALL assert_refused('another version of the parcel', 30013, 'precondition.failed', 'CALL shipment_change(3001, 7, NULL, NULL, 9, ''SHIPPED'', NULL, NULL)');
CALL assert_refused('no such parcel', 30004, 'not_found%', 'CALL shipment_change(1, 7, NULL, NULL, NULL, ''SHIPPED'', NULL, NULL)');
CALL assert_next('it leaves', '^200.*"SHIPPED".*DHL.*v2$');
CALL shipment_change(3001, 7, NULL, NULL, 1, 'SHIPPED', 'DHL', 'JD01');
CALL assert_is('a part is shipped', (SELECT state FROM orders WHERE order_id = 9001), 'PARTIALLY_SHIPPED');
CALL assert_is('its units left', (SELECT CONCAT(on_hand, ' ', reserved, ' ', shipped) FROM stock WHERE sku_id = 42), '48 1 2');
CALL assert_law('shipped in part');
CALL assert_refused('it leaves once', 31002, 'shipment.state: the shipment is SHIPPED', 'CALL shipment_change(3001, 7, NULL, NULL, NULL, ''SHIPPED'', NULL, NULL)');
CALL assert_refused('what left is not unpacked', 31002, 'shipment.state: the shipment is SHIPPED', 'CALL shipment_change(3001, 7, NULL, NULL, NULL, ''CANCELLED'', NULL, NULL)');
CALL assert_refused('what is shipped in part is not held', 30506, 'order.state: the order is PARTIALLY_SHIPPED', 'CALL order_hold(7, 9001, NULL, NULL, NULL, NULL)');
CALL assert_next('its number may be put right', '^200.*JD02.*v3$');
CALL shipment_change(3001, 7, NULL, NULL, NULL, NULL, NULL, 'JD02');
CALL shipment_create(3002, 7, 9001, NULL, NULL, NULL, NULL, 'UPS', NULL, 0);
CALL assert_is('without lines: all that is left', (SELECT GROUP_CONCAT(line, ':', qty ORDER BY line) FROM shipment_item WHERE shipment_id = 3002), '1:1,2:2');
CALL assert_refused('nothing is left', 31001, 'shipment.quantity: nothing is left to ship', 'CALL shipment_create(3003, 7, 9001, NULL, NULL, NULL, NULL, NULL, NULL, 0)');
CALL assert_next('unpacked', '^200.*"CANCELLED"');
CALL shipment_change(3002, 7, NULL, NULL, NULL, 'CANCELLED', NULL, NULL);
CALL assert_refused('and it stays so', 31002, 'shipment.state: the shipment is CANCELLED', 'CALL shipment_change(3002, 7, NULL, NULL, NULL, ''SHIPPED'', NULL, NULL)');
CALL assert_next('packed anew, and gone at once', '^201.*"SHIPPED"');
CALL shipment_create(3003, 7, 9001, NULL, NULL, NULL, NULL, 'UPS', '1Z', 1);
CALL assert_is('with the last part the order is SHIPPED', (SELECT CONCAT(state, ' ', shipped_at IS NOT NULL) FROM orders WHERE order_id = 9001), 'SHIPPED 1');
CALL assert_is('nothing of it is here', (SELECT GROUP_CONCAT(sku_id, ':', on_hand, ':', reserved, ':', shipped ORDER BY sku_id) FROM stock), '41:48:0:2,42:47:0:3');
CALL assert_law('shipped');

-- Arriving
CALL shipment_change(3001, 7, NULL, NULL, NULL, 'DELIVERED', NULL, NULL);
CALL assert_is('one parcel of two', (SELECT state FROM orders WHERE order_id = 9001), 'SHIPPED');
CALL shipment_change(3003, 7, NULL, NULL, NULL, 'DELIVERED', NULL, NULL);
CALL assert_is('with the last one it is DELIVERED', (SELECT CONCAT(state, ' ', delivered_at IS NOT NULL) FROM orders WHERE order_id = 9001), 'DELIVERED 1');
CALL assert_refused('somebody else cannot have received it', 30004, 'not_found%', 'CALL order_confirm_receipt(6, 9001, NULL, NULL, NULL)');
CALL assert_next('the buyer says so', '^200.*"COMPLETED".*"3003"');
CALL order_confirm_receipt(5, 9001, 'c1', 'h', NULL);
CALL assert_next('the same key again', '^200.*"COMPLETED"');
CALL order_confirm_receipt(5, 9001, 'c1', 'h', NULL);
CALL assert_refused('once', 30506, 'order.state: the order is COMPLETED', 'CALL order_confirm_receipt(5, 9001, NULL, NULL, NULL)');
CALL assert_is('the whole story', (SELECT GROUP_CONCAT(type ORDER BY seq) FROM order_event WHERE order_id = 9001 AND seq > 3),
    'order.held,order.released,shipment.created,shipment.shipped,order.partially_shipped,shipment.changed,shipment.created,shipment.cancelled,shipment.created,shipment.shipped,order.shipped,shipment.delivered,shipment.delivered,order.delivered,order.completed');
CALL assert_is('events name the parcel, its carrier and its number', (SELECT CONCAT_WS(' ', JSON_UNQUOTE(JSON_EXTRACT(payload, '$.shipment_id')),
    JSON_UNQUOTE(JSON_EXTRACT(payload, '$.carrier')), JSON_UNQUOTE(JSON_EXTRACT(payload, '$.tracking')), JSON_UNQUOTE(JSON_EXTRACT(payload, '$.state')))
    FROM outbox WHERE event_id = 'order-9001-7'), '3001 DHL JD01 PAID');

-- A buyer who confirms what is on its way
CALL place(9002, 5, 2, 'k2', 'h', '[{"sku_id": "41", "qty": 1}]', '{"name": "Ada"}', NULL, NULL, NULL, 60);
CALL pay(9002, 5, 7002);
CALL shipment_create(3010, 7, 9002, NULL, NULL, NULL, NULL, NULL, NULL, 1);
CALL order_confirm_receipt(5, 9002, NULL, NULL, NULL);
CALL assert_is('its parcel arrived too', (SELECT CONCAT(o.state, ' ', p.state) FROM orders o JOIN shipment p ON p.order_id = o.order_id WHERE o.order_id = 9002), 'COMPLETED DELIVERED');

-- A parcel that was packed before the order was held
CALL place(9003, 5, 2, 'k3', 'h', '[{"sku_id": "41", "qty": 1}]', '{"name": "Ada"}', NULL, NULL, NULL, 60);
CALL pay(9003, 5, 7003);
CALL shipment_create(3020, 7, 9003, NULL, NULL, NULL, NULL, NULL, NULL, 0);
CALL order_hold(7, 9003, NULL, NULL, NULL, NULL);
CALL assert_refused('does not leave', 30506, 'order.state: the order is ON_HOLD', 'CALL shipment_change(3020, 7, NULL, NULL, NULL, ''SHIPPED'', NULL, NULL)');
CALL assert_is('and is as it was', (SELECT CONCAT(state, ' v', version) FROM shipment WHERE shipment_id = 3020), 'READY v1');

-- Time
CALL order_release(7, 9003, NULL, NULL, NULL);
CALL shipment_change(3020, 7, NULL, NULL, NULL, 'SHIPPED', NULL, NULL);
CALL assert_next('not long enough ago', '"orders": *0}');
CALL order_deliver_due(10, 60);
UPDATE orders SET due_at = due_at - INTERVAL 61 SECOND WHERE order_id = 9003;
CALL assert_next('without word it is taken as DELIVERED', '"orders": *1}');
CALL order_deliver_due(10, 60);
CALL assert_is('its parcel too', (SELECT CONCAT(o.state, ' ', p.state) FROM orders o JOIN shipment p ON p.order_id = o.order_id WHERE o.order_id = 9003), 'DELIVERED DELIVERED');
CALL assert_next('not long enough delivered', '"orders": *0}');
CALL order_complete_due(10, 60);
UPDATE orders SET due_at = due_at - INTERVAL 61 SECOND WHERE order_id = 9003;
CALL assert_next('then COMPLETED', '"orders": *1}');
CALL order_complete_due(10, 60);
CALL assert_next('once', '"orders": *0}');
CALL order_complete_due(10, 60);

-- Looking for orders
CALL place(9010, 6, 1, 'k10', 'h', '[{"sku_id": "41", "qty": 1}]', '{"name": "Bo", "country": "SE"}', NULL, 'bo@example.com', NULL, 60);
CALL assert_next('the newest first', '"9010".*"9003".*NULL$|"9010".*more$');
CALL order_search(NULL, NULL, NULL, NULL, NULL, 2);
CALL assert_next('by state', '"9003".*"9002".*"9001".*NULL$');
CALL order_search('COMPLETED', NULL, NULL, NULL, NULL, 20);
CALL assert_next('going on', '^200.*"items": *\\[\\{[^}]*"order_id": "9001"[^}]*\\}\\].*NULL$');
CALL order_search('COMPLETED', NULL, NULL, NULL, '9002', 20);
CALL assert_next('by the account''s address', '"9003".*"9002".*"9001".*ada@example.com.*NULL$');
CALL order_search(NULL, 'ada@example.com', NULL, NULL, NULL, 20);
CALL assert_next('by the address given with it', '^200.*"items": *\\[\\{[^}]*"order_id": "9010"[^}]*\\}\\].*NULL$ && bo@example.com');
CALL order_search(NULL, 'bo@example.com', NULL, NULL, NULL, 20);
CALL assert_next('by both', '"items": *\\[\\]');
CALL order_search('COMPLETED', 'bo@example.com', NULL, NULL, NULL, 20);
CALL assert_next('nobody has that one', '"items": *\\[\\]');
CALL order_search(NULL, 'cy@example.com', NULL, NULL, NULL, 20);
CALL assert_next('none before', '"items": *\\[\\]');
CALL order_search(NULL, NULL, NULL, '2026-01-01', NULL, 20);
CALL assert_refused('a time that is none', 30003, 'request.invalid: from: like 2026-01-31%', 'CALL order_search(NULL, NULL, ''yesterday!'', NULL, NULL, 20)');
CALL assert_refused('nor is this', 30003, 'request.invalid: to: like 2026-01-31%', 'CALL order_search(NULL, NULL, NULL, ''2026-02-30'', NULL, 20)');
CALL assert_refused('an hour there is not', 30003, 'request.invalid: from: like 2026-01-31%', 'CALL order_search(NULL, NULL, ''2026-01-31T24:00:00Z'', NULL, NULL, 20)');
CALL assert_refused('a cursor made up', 30003, 'request.invalid: cursor', 'CALL order_search(NULL, NULL, NULL, NULL, ''x'', 20)');
CALL assert_next('time bounds go with ids', '"items": *\\[\\]');
CALL order_search(NULL, NULL, '9999-01-01', NULL, NULL, 20);

-- What can never be shipped
CALL place(9030, 5, 2, 'k30', 'h', '[{"sku_id": "42", "qty": 3}, {"sku_id": "41", "qty": 2}]', '{"name": "Ada"}', NULL, NULL, NULL, 60);
CALL pay(9030, 5, 7030);
CALL assert_refused('nothing left yet', 30506, 'order.state: the order is PAID', 'CALL order_cancel_rest(9030, NULL, 7, 8030, NULL, NULL, NULL)');
CALL shipment_create(3030, 7, 9030, NULL, NULL, NULL, '[{"line": 1, "qty": 1}]', NULL, NULL, 1);
CALL shipment_create(3031, 7, 9030, NULL, NULL, NULL, '[{"line": 2, "qty": 1}]', NULL, NULL, 0);
CALL assert_refused('another version', 30013, 'precondition.failed', 'CALL order_cancel_rest(9030, NULL, 7, 8030, NULL, NULL, 1)');
CALL assert_next('staff gives up the rest', '^200.*"SHIPPED" && {"line": 1 & "qty": 3 & "cancelled": 2} && {"line": 2 & "qty": 2 & "cancelled": 2}');
CALL order_cancel_rest(9030, 'The roof leaked', 7, 8030, 'r1', 'h', NULL);
CALL assert_next('the same key: the same answer', '^200.*"SHIPPED"');
CALL order_cancel_rest(9030, 'The roof leaked', 7, 8030, 'r1', 'h', NULL);
CALL assert_refused('once', 30506, 'order.state: the order is SHIPPED', 'CALL order_cancel_rest(9030, NULL, 7, 8031, NULL, NULL, NULL)');
CALL assert_is('what was packed is unpacked', (SELECT state FROM shipment WHERE shipment_id = 3031), 'CANCELLED');
CALL assert_is('what it came to goes back', (SELECT CONCAT_WS(' ', amount, cause, reason) FROM refund WHERE refund_id = 8030),
    (SELECT CONCAT_WS(' ', SUM(i.total - i.discount + i.tax) - (SELECT (x.total - x.discount + x.tax) DIV 3 FROM order_item x WHERE x.order_id = 9030 AND x.line = 1), 'rest', 'The roof leaked') FROM order_item i WHERE i.order_id = 9030));
CALL assert_is('its units are free', (SELECT SUM(reserved_change) FROM stock_movement WHERE reference IN (9030, 3030)), 0);
CALL assert_refused('and not shipped', 30506, 'order.state: the order is SHIPPED', 'CALL shipment_create(3032, 7, 9030, NULL, NULL, NULL, NULL, NULL, NULL, 0)');
CALL shipment_change(3030, 7, NULL, NULL, NULL, 'DELIVERED', NULL, NULL);
CALL assert_is('the order goes on', (SELECT state FROM orders WHERE order_id = 9030), 'DELIVERED');
-- when what was shipped has arrived, and little of what was paid is left
CALL place(9031, 5, 2, 'k31', 'h', '[{"sku_id": "41", "qty": 2}]', '{"name": "Ada"}', NULL, NULL, NULL, 60);
CALL pay(9031, 5, 7031);
CALL shipment_create(3033, 7, 9031, NULL, NULL, NULL, '[{"line": 1, "qty": 1}]', NULL, NULL, 1);
CALL shipment_change(3033, 7, NULL, NULL, NULL, 'DELIVERED', NULL, NULL);
CALL refund_create(9031, (SELECT total - 10 FROM orders WHERE order_id = 9031), 'Sorry', 7, 8032, 'r2', 'h');
CALL assert_next('it is DELIVERED', '^200.*"DELIVERED"');
CALL order_cancel_rest(9031, NULL, 7, 8033, NULL, NULL, NULL);
CALL assert_is('no more goes back than is left', (SELECT amount FROM refund WHERE refund_id = 8033), 10);

CALL assert_law('all of it');
CALL assert_folds('events give the rows');
CALL assert_next('the audit of parcels finds nothing', '"violations": *\\[\\]');
CALL audit_shipments(0, 1000);
CALL assert_next('nor that of what is held', '"violations": *\\[\\]');
CALL audit_reserved(0, 1000);
CALL assert_next('nor that of events', '"violations": *\\[\\]');
CALL audit_orders(0, 1000);
CALL assert_next('nor that of what was agreed', '"violations": *\\[\\]');
CALL audit_order_terms(0, 1000);
CALL assert_next('nor that of lines', '"violations": *\\[\\]');
CALL audit_order_lines(0, 1000);
CALL assert_next('nor that of stock', '"violations": *\\[\\]');
CALL audit_stock(0, 1000);
CALL assert_next('nor that of reservations', '"violations": *\\[\\]');
CALL audit_reserving(0, 1000);
