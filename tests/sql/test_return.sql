-- What comes back: asked for, approved or rejected, received and put on the shelf, paid back to the last cent or replaced.
CALL make_shop();
INSERT INTO account (account_id, email, password_hash, created_at, changed_at)
VALUES (5, 'ada@example.com', 'x', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3));
CALL stock_receive(1001, -1, 41, 'main', 10, NULL);
CALL stock_receive(1002, -1, 42, 'main', 10, NULL);
CALL place(9001, 5, 2, 'k1', 'h', '[{"sku_id": "42", "qty": 3}, {"sku_id": "41", "qty": 2}]', '{"name": "Ada"}', NULL, NULL, NULL, 60);
CALL pay(9001, 5, 7001);
CALL assert_refused('what was not shipped does not come back', 30506, 'order.state: the order is PAID',
    'CALL return_create(6001, 5, 9001, NULL, NULL, ''[{"line": 1, "qty": 1}]'', NULL, NULL, 86400)');
CALL shipment_create(3001, 7, 9001, NULL, NULL, NULL, '[{"line": 1, "qty": 2}]', NULL, NULL, 1);

-- Asking
CALL assert_refused('more than was shipped', 31003, 'return.quantity: line 1: 2 units may be returned',
    'CALL return_create(6001, 5, 9001, NULL, NULL, ''[{"line": 1, "qty": 3}]'', NULL, NULL, 86400)');
CALL assert_refused('a line that is not there', 30003, 'request.invalid: items[0].line: the order has no such line',
    'CALL return_create(6001, 5, 9001, NULL, NULL, ''[{"line": 9, "qty": 1}]'', NULL, NULL, 86400)');
CALL assert_refused('somebody else''s order', 30004, 'not_found%',
    'CALL return_create(6001, 6, 9001, NULL, NULL, ''[{"line": 1, "qty": 1}]'', NULL, NULL, 86400)');
CALL shipment_create(3002, 7, 9001, NULL, NULL, NULL, NULL, NULL, NULL, 1);
CALL order_confirm_receipt(5, 9001, NULL, NULL, NULL);
UPDATE orders SET discount_total = 10, total = total - 10 WHERE order_id = 9001;
UPDATE order_item SET discount = 10 WHERE order_id = 9001 AND line = 1; -- 5,987 for three units
CALL assert_next('asked for', '^201.*v1$ && "REQUESTED" && "refund" && "too small"');
CALL return_create(6001, 5, 9001, 'r1', 'h', '[{"line": 1, "qty": 1}, {"line": 2, "qty": 2}]', NULL, 'too small', 86400);
CALL assert_next('the same key: the same return', '^201.*"6001".*v1$');
CALL return_create(6002, 5, 9001, 'r1', 'h', '[{"line": 1, "qty": 1}, {"line": 2, "qty": 2}]', NULL, 'too small', 86400);
CALL assert_refused('what is on its way back is not asked for again', 31003, 'return.quantity: line 2: 0 units may be returned',
    'CALL return_create(6002, 5, 9001, NULL, NULL, ''[{"line": 1, "qty": 1}, {"line": 2, "qty": 1}]'', NULL, NULL, 86400)');
UPDATE orders SET delivered_at = delivered_at - INTERVAL 2 DAY WHERE order_id = 9001;
CALL assert_refused('too late', 31005, 'return.window',
    'CALL return_create(6002, 5, 9001, NULL, NULL, ''[{"line": 1, "qty": 1}]'', NULL, NULL, 86400)');
UPDATE orders SET delivered_at = delivered_at + INTERVAL 2 DAY WHERE order_id = 9001;
CALL assert_next('staff see it', '"6001".*NULL$');
CALL return_search('REQUESTED', NULL, 20);
CALL assert_next('by state', '"items": *\\[\\]');
CALL return_search('APPROVED', NULL, 20);
CALL assert_next('going on', '"items": *\\[\\]');
CALL return_search(NULL, '6001', 20);

-- Deciding
CALL assert_refused('what is not approved is not received', 31004, 'return.state: the return is REQUESTED',
    'CALL return_receive(6001, 7, NULL, NULL, NULL, ''[{"line": 1, "received": 1, "sellable": 1}, {"line": 2, "received": 2, "sellable": 2}]'')');
CALL assert_refused('nor paid back', 31004, 'return.state: the return is REQUESTED', 'CALL return_refund(6001, 7, NULL, NULL, NULL, 8001, NULL)');
CALL assert_refused('another version', 30013, 'precondition.failed', 'CALL return_approve(6001, 7, NULL, NULL, 9, NULL)');
CALL assert_refused('no such return', 30004, 'not_found%', 'CALL return_approve(1, 7, NULL, NULL, NULL, NULL)');
CALL assert_next('approved', '^200.*v2$ && "APPROVED" && "send it to us"');
CALL return_approve(6001, 7, 'a1', 'h', 1, 'send it to us');
CALL assert_refused('what is approved is not rejected', 31004, 'return.state: the return is APPROVED', 'CALL return_reject(6001, 7, NULL, NULL, NULL, ''no'')');

-- Receiving: the only moment at which units go on the shelf
CALL assert_refused('every line is looked at', 30003, 'request.invalid: items: every line of the return',
    'CALL return_receive(6001, 7, NULL, NULL, NULL, ''[{"line": 1, "received": 1, "sellable": 1}]'')');
CALL assert_refused('not more than was sent', 30003, 'request.invalid: items[1].received: at most 2',
    'CALL return_receive(6001, 7, NULL, NULL, NULL, ''[{"line": 1, "received": 1, "sellable": 1}, {"line": 2, "received": 3, "sellable": 2}]'')');
CALL assert_refused('not more sold again than came', 30003, 'request.invalid: items[0].sellable: at most what was received',
    'CALL return_receive(6001, 7, NULL, NULL, NULL, ''[{"line": 1, "received": 0, "sellable": 1}, {"line": 2, "received": 2, "sellable": 2}]'')');
CALL assert_is('until then nothing is on the shelf', (SELECT GROUP_CONCAT(sku_id, ':', on_hand, ':', shipped ORDER BY sku_id) FROM stock), '41:8:2,42:7:3');
CALL return_receive(6001, 7, NULL, NULL, NULL, '[{"line": 1, "received": 1, "sellable": 1}, {"line": 2, "received": 2, "sellable": 1}]');
CALL assert_is('what can be sold is on the shelf', (SELECT GROUP_CONCAT(sku_id, ':', on_hand, ':', shipped ORDER BY sku_id) FROM stock), '41:9:1,42:8:2');
CALL assert_refused('once', 31004, 'return.state: the return is RECEIVED',
    'CALL return_receive(6001, 7, NULL, NULL, NULL, ''[{"line": 1, "received": 1, "sellable": 1}, {"line": 2, "received": 2, "sellable": 1}]'')');
CALL assert_law('received');

-- Paying back, to the last cent: 5,987 for three units are 1,995 + 1,996 + 1,996
CALL assert_is('the first of three', return_amount(6001), 1995 + 1000);
CALL assert_refused('not more than that', 30003, 'request.invalid: amount: at most 2995', 'CALL return_refund(6001, 7, NULL, NULL, NULL, 8001, 2996)');
CALL assert_next('paid back', '^200.*"REFUNDED".*2995.*"8001".*v4$');
CALL return_refund(6001, 7, 'f1', 'h', NULL, 8001, NULL);
CALL assert_next('the same key: once', '^200.*"REFUNDED".*"8001".*v4$');
CALL return_refund(6001, 7, 'f1', 'h', NULL, 8002, NULL);
CALL assert_is('one refund', (SELECT GROUP_CONCAT(amount, ' ', cause) FROM refund), '2995 return');
CALL assert_refused('once', 31004, 'return.state: the return is REFUNDED', 'CALL return_refund(6001, 7, NULL, NULL, NULL, 8002, NULL)');
CALL return_create(6003, 5, 9001, NULL, NULL, '[{"line": 1, "qty": 2}]', NULL, NULL, 86400);
CALL return_approve(6003, 7, NULL, NULL, NULL, NULL);
CALL return_receive(6003, 7, NULL, NULL, NULL, '[{"line": 1, "received": 2, "sellable": 0}]');
CALL assert_is('all three together are the line', return_amount(6003) + 1995, 5987);

-- Money that went back otherwise is not there any more: never more than was captured
CALL refund_create(9001, 3500, 'for the trouble', 7, 8010, 'g1', 'h'); -- 6,997 - 2,995 were left
CALL assert_refused('more than is left of what was captured', 30607, 'refund.exceeds: 502 EUR are left',
    'CALL return_refund(6003, 7, ''f3'', ''h'', NULL, 8011, NULL)');
CALL assert_is('nothing is promised, and the return waits', (SELECT CONCAT(t.state, ' ', COUNT(r.refund_id)) FROM order_return t LEFT JOIN refund r ON r.refund_id = 8011 WHERE t.return_id = 6003 GROUP BY t.state), 'RECEIVED 0');
CALL refund_done(8010, 'sandbox', 'FAILED', NULL, NULL, 'evt-8010', NULL, 'no', 8810);
CALL assert_next('no audit has anything to say', '"violations": *\\[\\]');
CALL audit_refunds(0, 1000);

-- Replacing
CALL assert_next('replaced', '^200.*"REPLACED".*"3003"');
CALL return_replace(6003, 7, NULL, NULL, NULL, 3003);
CALL assert_is('in a parcel whose units are held', (SELECT CONCAT(p.state, ' ', s.on_hand, ' ', s.reserved) FROM shipment p JOIN stock s ON s.sku_id = 42 WHERE p.shipment_id = 3003), 'READY 8 2');
CALL assert_law('replaced');
CALL assert_next('and the audit sees them held', '"violations": *\\[\\]');
CALL audit_returns(0, 1000);
CALL assert_is('the order is as it was', (SELECT state FROM orders WHERE order_id = 9001), 'COMPLETED');
CALL assert_next('unpacked, it is to be decided anew', '^200.*"CANCELLED"');
CALL shipment_change(3003, 7, NULL, NULL, NULL, 'CANCELLED', NULL, NULL);
CALL assert_is('its units are free', (SELECT CONCAT(t.state, ' ', s.reserved) FROM order_return t JOIN stock s ON s.sku_id = 42 WHERE t.return_id = 6003), 'RECEIVED 0');
UPDATE stock SET reserved = 7 WHERE sku_id = 42;
CALL assert_refused('too few for it: which and how many', 30401, 'stock.short: 42 main 1', 'CALL return_replace(6003, 7, NULL, NULL, NULL, 3004)');
UPDATE stock SET reserved = 0 WHERE sku_id = 42;
CALL return_replace(6003, 7, NULL, NULL, NULL, 3004);
CALL shipment_change(3004, 7, NULL, NULL, NULL, 'SHIPPED', NULL, NULL);
CALL shipment_change(3004, 7, NULL, NULL, NULL, 'DELIVERED', NULL, NULL);
CALL assert_law('sent anew');
CALL assert_is('what was sent anew may come back', return_left(9001, 1), 2);
CALL assert_is('of the rest nothing', return_left(9001, 2), 0);

-- Rejecting
CALL return_create(6004, 5, 9001, NULL, NULL, '[{"line": 1, "qty": 1}]', 'replacement', NULL, 86400);
CALL assert_next('rejected', '^200 && "REJECTED" && "worn"');
CALL return_reject(6004, 7, NULL, NULL, NULL, 'worn');
CALL assert_is('it may be asked for again', return_left(9001, 1), 2);
CALL assert_refused('and it stays so', 31004, 'return.state: the return is REJECTED', 'CALL return_approve(6004, 7, NULL, NULL, NULL, NULL)');

-- Nothing came
CALL return_create(6005, 5, 9001, NULL, NULL, '[{"line": 1, "qty": 1}]', NULL, NULL, 86400);
CALL return_approve(6005, 7, NULL, NULL, NULL, NULL);
CALL return_receive(6005, 7, NULL, NULL, NULL, '[{"line": 1, "received": 0, "sellable": 0}]');
CALL assert_refused('nothing to replace', 31003, 'return.quantity: no unit came back', 'CALL return_replace(6005, 7, NULL, NULL, NULL, 3005)');
CALL assert_next('nothing to pay back', '^200.*"REFUNDED"');
CALL return_refund(6005, 7, NULL, NULL, NULL, 8005, NULL);
CALL assert_is('and no refund', (SELECT COUNT(*) FROM refund WHERE refund_id = 8005), 0);

-- Kept after all
CALL return_create(6006, 5, 9001, NULL, NULL, '[{"line": 1, "qty": 1}]', NULL, NULL, 86400);
CALL assert_refused('by its buyer alone', 30004, 'not_found%', 'CALL return_withdraw(6006, 6, 9001, NULL, NULL, NULL)');
CALL assert_next('it is withdrawn', '^200.*"WITHDRAWN"');
CALL return_withdraw(6006, 5, 9001, NULL, NULL, NULL);
CALL assert_refused('once', 31004, 'return.state: the return is WITHDRAWN', 'CALL return_withdraw(6006, 5, 9001, NULL, NULL, NULL)');
CALL assert_refused('what came in stays', 31004, 'return.state: the return is REFUNDED', 'CALL return_withdraw(6005, 5, 9001, NULL, NULL, NULL)');

CALL assert_is('the whole story', (SELECT GROUP_CONCAT(type ORDER BY seq) FROM order_event WHERE order_id = 9001 AND type LIKE 'return.%'),
    'return.requested,return.approved,return.received,return.refunded,return.requested,return.approved,return.received,return.replaced,return.reopened,return.replaced,return.requested,return.rejected,return.requested,return.approved,return.received,return.refunded,return.requested,return.withdrawn');
CALL assert_law('all of it');
CALL assert_next('the audit of returns finds nothing', '"violations": *\\[\\]');
CALL audit_returns(0, 1000);
CALL assert_next('nor that of parcels', '"violations": *\\[\\]');
CALL audit_shipments(0, 1000);
CALL assert_next('nor that of reservations', '"violations": *\\[\\]');
CALL audit_reserving(0, 1000);
CALL assert_next('nor that of what is held', '"violations": *\\[\\]');
CALL audit_reserved(0, 1000);

-- Of a flash sale: the new unit is of the pool main, while the sale is open and when nothing is left in its pool
CALL flash_apply(flash_row(2, 'open', 1, 1));
CALL flash_allot(512, 2001);
CALL place_flash('a sale''s units', '9101 20 f1 h 1 1;9102 21 f2 h 1 1', '9101 9102');
CALL pay(9101, 20, 7101);
CALL shipment_create(3101, 7, 9101, NULL, NULL, NULL, NULL, NULL, NULL, 1);
CALL order_confirm_receipt(20, 9101, NULL, NULL, NULL);
CALL return_create(6101, 20, 9101, NULL, NULL, '[{"line": 1, "qty": 1}]', 'replacement', NULL, 86400);
CALL return_approve(6101, 7, NULL, NULL, NULL, NULL);
CALL return_receive(6101, 7, NULL, NULL, NULL, '[{"line": 1, "received": 1, "sellable": 1}]');
CALL return_replace(6101, 7, NULL, NULL, NULL, 3102);
CALL assert_is('the sale''s pool gives none of its units', (SELECT GROUP_CONCAT(pool, ':', on_hand, ':', reserved ORDER BY pool) FROM stock WHERE sku_id = 42), 'f512:2:1,main:4:1');
CALL shipment_change(3102, 7, NULL, NULL, NULL, 'CANCELLED', NULL, NULL);
CALL assert_law('a replacement for a sale''s unit, unpacked');
CALL flash_apply(flash_row(2, 'closed', 2, 2));
CALL assert_next('the sale is over', '"moved": *1');
CALL flash_sweep(2002);
UPDATE stock SET reserved = 5 WHERE sku_id = 42 AND pool = 'main';
CALL assert_refused('main is short, not the sale''s pool', 30401, 'stock.short: 42 main 1', 'CALL return_replace(6101, 7, NULL, NULL, NULL, 3103)');
UPDATE stock SET reserved = 0 WHERE sku_id = 42 AND pool = 'main';
CALL assert_next('it is replaced after the end', '^200.*"REPLACED"');
CALL return_replace(6101, 7, NULL, NULL, NULL, 3103);
CALL assert_is('by a unit of main', (SELECT pool FROM shipment_item WHERE shipment_id = 3103), 'main');
CALL shipment_change(3103, 7, NULL, NULL, NULL, 'SHIPPED', NULL, NULL);
CALL shipment_change(3103, 7, NULL, NULL, NULL, 'DELIVERED', NULL, NULL);
CALL return_create(6102, 20, 9101, NULL, NULL, '[{"line": 1, "qty": 1}]', NULL, NULL, 86400);
CALL return_approve(6102, 7, NULL, NULL, NULL, NULL);
CALL return_receive(6102, 7, NULL, NULL, NULL, '[{"line": 1, "received": 1, "sellable": 1}]');
CALL assert_next('which comes back too', '"moved": *1');
CALL flash_sweep(2003);
CALL assert_is('and is for sale again', (SELECT GROUP_CONCAT(pool, ':', on_hand, ':', reserved ORDER BY pool) FROM stock WHERE sku_id = 42), 'f512:1:1,main:5:0');
CALL assert_refused('a pool that is short is named', 30401, 'stock.short: 42 f512 3', 'CALL stock_lack(''[{"sku_id": "42", "pool": "f512", "qty": 3}]'')');
CALL assert_law('sales and replacements');
CALL assert_next('returns', '"violations": *\\[\\]');
CALL audit_returns(0, 1000);
CALL assert_next('parcels', '"violations": *\\[\\]');
CALL audit_shipments(0, 1000);
CALL assert_next('reservations', '"violations": *\\[\\]');
CALL audit_reserving(0, 1000);
CALL assert_next('what is held', '"violations": *\\[\\]');
CALL audit_reserved(0, 1000);
CALL assert_next('stock', '"violations": *\\[\\]');
CALL audit_stock(0, 1000);
CALL assert_next('flash sales', '"violations": *\\[\\]');
CALL audit_flash(0, 1000);
