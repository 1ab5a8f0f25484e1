-- Flash sales on a shard: units move into a pool of their own, orders take them through the same routine as all others.
CALL make_shop();
CALL stock_receive(1001, -1, 42, 'main', 12, NULL);
CALL stock_receive(1002, -1, 41, 'main', 3, NULL);

-- Units come into the pool
CALL flash_apply(flash_row(5, 'scheduled', 0, 1));
CALL assert_next('before it opens nothing moves', '"moved": *0');
CALL flash_allot(512, 2001);
CALL assert_refused('nor is a price told', 30901, 'flash.not_open%', 'CALL flash_quote(70, 512, 1, NULL, NULL)');
CALL flash_apply(flash_row(5, 'open', 1, 2));
CALL assert_next('all it is to sell', '"moved": *5 && "allotted": *5 && "missing": *0');
CALL flash_allot(512, 2002);
CALL assert_next('once', '"moved": *0 && "allotted": *5');
CALL flash_allot(512, 2003);
CALL assert_is('from the pool main', (SELECT GROUP_CONCAT(pool, ':', on_hand ORDER BY pool) FROM stock WHERE sku_id = 42), 'f512:5,main:7');
CALL flash_apply(flash_row(15, 'open', 1, 3));
CALL assert_next('more of them, as far as they are free', '"moved": *7 && "allotted": *12 && "missing": *3');
CALL flash_allot(512, 2004);
CALL flash_apply(flash_row(99, 'open', 1, 2));
CALL assert_is('an older row changes nothing', (SELECT units FROM flash_sale), 15);
CALL assert_is('a new one keeps what was allotted', (SELECT allotted FROM flash_sale), 12);
CALL assert_refused('a sale that this shard does not know', 30004, 'not_found%', 'CALL flash_allot(513, 2005)');
CALL assert_law('allotted');

-- Orders
CALL place_flash('three buyers; whether one has all it may have by then is not known yet',
    '10 5 a h 1 1;11 6 b h 1 2;12 7 c h 1 1;13 6 b2 h 1 1;14 6 b3 h 1 3', '10 11 12 30014 30904');
CALL assert_is('at the sale''s price', (SELECT GROUP_CONCAT(order_id, ':', total ORDER BY order_id) FROM orders), '10:999,11:1998,12:999');
CALL assert_is('of the sale''s pool', (SELECT GROUP_CONCAT(DISTINCT pool) FROM order_item), 'f512');
CALL assert_is('reserved there', (SELECT reserved FROM stock WHERE pool = 'f512'), 4);
CALL assert_is('each is written down', (SELECT GROUP_CONCAT(order_id, ':', qty ORDER BY order_id) FROM flash_order WHERE sale_id = 512), '10:1,11:2,12:1');
CALL place_flash('the same call again: the same orders', '10 5 a h 1 1;11 6 b h 1 2', '10 11');
CALL place_flash('also when the account has all it may have', '13 6 b h 1 2', '11');
CALL place_flash('an order that stands is not counted twice', '10 5 a h 1 1;15 5 e h 1 1', '10 15');
CALL assert_is('they are what the account has', (SELECT used FROM flash_use WHERE account_id = 5), 2);
CALL place_flash('nor does it make room for another one', '16 5 f h 1 1;10 5 a h 1 1;17 5 f2 h 1 1;15 5 e h 1 1', '30904 10 30904 15');
CALL place_flash('more than an account may have', '14 6 d h 1 1;15 5 e h 1 1;16 5 f h 1 1', '30904 15 30904');
CALL place_flash('an older epoch orders nothing', '17 8 g h 0 1;18 8 g2 h 1 1', '30905 18');
CALL place_flash('nor does it count against a newer one', '24 8 g3 h 0 1;25 8 g4 h 1 1', '30905 25');
CALL place_flash('but what it ordered stands', '10 5 a h 0 1', '10');
CALL place_flash('the same key with another body', '19 5 a other 1 1', '30021');
CALL assert_folds('events merge to the rows');
CALL assert_law('ordered');
CALL place_many('others order from main, at the usual price', '30 5 m h 41*1', '30');
CALL assert_is('of the pool main', (SELECT CONCAT(pool, ' ', unit_price) FROM order_item WHERE order_id = 30), 'main 500');
CALL assert_is('and is no order of the sale', (SELECT COUNT(*) FROM flash_order WHERE order_id = 30), 0);

-- Nothing lowers the price further
INSERT INTO promotion (promotion_id, name, kind, value, currency, min_spend, min_qty, exclusive, priority, starts_at, ends_at, state, version)
VALUES (77, 'Half', 'percent', 5000, 'EUR', 0, 0, 0, 0, '2020-01-01', '9999-12-31', 'active', 1);
INSERT INTO promotion_target (promotion_id, kind, target_id, automatic, ends_at) VALUES (77, 0, 0, 1, '9999-12-31');
CALL place_flash('with a rule for everything', '40 20 r h 1 1', '40');
CALL assert_is('the sale''s price', (SELECT total FROM orders WHERE order_id = 40), 999);
CALL place_many('another order of this session', '41 5 s h 41*2', '41');
CALL assert_is('meets the rule', (SELECT total FROM orders WHERE order_id = 41), 500);
UPDATE promotion SET state = 'inactive';
DELETE FROM promotion_target;

-- A quote
INSERT INTO shipping_method (shipping_method_id, name, currency, price, price_per_kg, free_above, countries, position, tax_class, state, version)
VALUES (91, 'Cart', 'EUR', 300, 0, NULL, 'DE', 1, 'standard', 'active', 1);
INSERT INTO tax_rate (tax_rate_id, name, country, region, tax_class, rate, included, state, version)
VALUES (92, 'VAT', 'DE', '', 'standard', 1000, 0, 'active', 1);
CALL assert_next('the sale''s price, shipping and taxes, no promotion', '"unit_price": *999 && "items_total": *1998 && "shipping_total": *300 && "tax_total": *230 && "total": *2528 && "explanation": *\\[\\] && "shipping_method": *"91"');
CALL flash_quote(70, 512, 2, '{"country": "DE"}', NULL);
CALL assert_is('nothing is written of it', (SELECT COUNT(*) FROM flash_use WHERE account_id = 70), 0);
CALL assert_next('also for who has all that one may have', '"total": *1429');
CALL flash_quote(6, 512, 1, '{"country": "DE"}', 91);
CALL assert_refused('where nothing is shipped to', 30720, '%', 'CALL flash_quote(70, 512, 1, ''{"country": "FR"}'', NULL)');
CALL assert_refused('of no sale', 30004, 'not_found%', 'CALL flash_quote(70, 513, 1, NULL, NULL)');
CALL assert_next('another quote of this session', '"items_total": *500 && "shipping_total": *300');
CALL order_price(70, '[{"sku_id": "41", "qty": 1}]', 0, NULL, NULL, NULL, NULL);
DELETE FROM shipping_method;
DELETE FROM tax_rate;

-- Orders that end
CALL assert_next('one is taken back', '"state": *"CLOSED"');
CALL order_cancel(7, 12, NULL, NULL, NULL, NULL);
CALL assert_is('it gives the account its units back', (SELECT used FROM flash_use WHERE account_id = 7), 0);
CALL assert_is('and the pool', (SELECT on_hand - reserved FROM stock WHERE pool = 'f512'), 12 - 3 - 1 - 1 - 1 - 1);
CALL assert_next('those that ended lately', '"items": *\\["12"\\], *"ended_ms": *null, *"order_id": *null');
CALL flash_returned(512, 60, 0, 0, 2);
INSERT INTO flash_order (order_id, sale_id, account_id, qty, key_hash, body_hash, ended_at)
VALUES (92, 513, 1, 1, '', '', '2026-01-31 09:00:00.007'), (91, 513, 1, 1, '', '', '2026-01-31 09:00:00.008'),
       (94, 513, 1, 1, '', '', '2026-01-31 09:00:00.007'), (93, 513, 1, 1, '', '', '2026-01-31 09:00:00.006'),
       (90, 513, 1, 1, '', '', NULL);
CALL assert_next('in the order in which they ended, page by page', '"items": *\\["93", *"92"\\], *"ended_ms": *1769850000007, *"order_id": *"92"');
CALL flash_returned(513, 1000000000, 0, 0, 2);
CALL assert_next('also when two ended at once', '"items": *\\["94"\\], *"ended_ms": *1769850000007, *"order_id": *"94"');
CALL flash_returned(513, 1000000000, 1769850000007, 92, 1);
CALL assert_next('to the end', '"items": *\\["91"\\], *"ended_ms": *null, *"order_id": *null');
CALL flash_returned(513, 1000000000, 1769850000007, 94, 2);
CALL assert_next('none is left', '"items": *\\[\\], *"ended_ms": *null, *"order_id": *null');
CALL flash_returned(513, 1000000000, 1769850000008, 91, 2);
DELETE FROM flash_order WHERE sale_id = 513;
CALL assert_next('those that live, page by page', '"10".*"next": *"10"');
CALL flash_live(512, 0, 1);
CALL assert_next('to the end', '"order_id": *"11".*"next": *null && !"12"');
CALL flash_live(512, 10, 100);
CALL place_flash('who gave back may buy again', '42 7 u h 1 2', '42');

-- The last units: short, as for everybody
CALL place_flash('who came first is served first', '50 30 v h 1 1;51 31 w h 1 1;52 32 x h 1 2;53 33 y h 1 1', '50 51 30401(42 f512 1) 53');
CALL assert_is('and nothing stays of the other', (SELECT used FROM flash_use WHERE account_id = 32), 0);
CALL place_flash('they may come again under the same key', '52 32 x h 1 2', '30401(42 f512 2)');

-- A ticket
CALL assert_next('of an order', '"ordered": *1 && "epoch": *1');
CALL flash_ticket(512, 50, 30);
CALL assert_next('of nobody else''s', '"ordered": *0');
CALL flash_ticket(512, 50, 31);
CALL assert_next('this shard''s part', '"left": *0 && "reserved": *12 && "orders": *10');
CALL flash_shard(512);

-- The end
CALL assert_next('an open sale keeps its units', '"moved": *0');
CALL flash_sweep(2100);
CALL flash_apply(flash_row(15, 'closed', 2, 4));
CALL place_flash('a sale that is over orders nothing', '60 40 y h 2 1', '30902');
CALL assert_refused('nor says what it would cost', 30902, '%', 'CALL flash_quote(70, 512, 1, NULL, NULL)');
CALL assert_next('one more is taken back', '"state": *"CLOSED"');
CALL order_cancel(30, 50, NULL, NULL, NULL, NULL);
CALL assert_next('what comes back goes home', '"moved": *1');
CALL flash_sweep(2101);
CALL assert_next('once', '"moved": *0');
CALL flash_sweep(2102);
CALL assert_is('into the pool main', (SELECT GROUP_CONCAT(pool, ':', on_hand, ':', reserved ORDER BY pool) FROM stock WHERE sku_id = 42), 'f512:11:11,main:1:0');
CALL assert_law('over');
CALL assert_next('the audit finds nothing', '"examined": *1 && "violations": *\\[\\]');
CALL audit_flash(0, 100);

-- What the audit sees
UPDATE flash_sale SET allotted = allotted + 1;
CALL assert_next('units that did not come', '"allotted"');
CALL audit_flash(0, 100);
UPDATE flash_sale SET allotted = allotted - 1, units = 3;
CALL assert_next('more than are to be sold', '"more"');
CALL audit_flash(0, 100);
UPDATE flash_sale SET units = 15;
UPDATE flash_use SET used = used + 1 WHERE account_id = 5;
CALL assert_next('an account with other units than its orders, and too many', '"used" && "limit"');
CALL audit_flash(0, 100);
UPDATE flash_use SET used = used - 1 WHERE account_id = 5;
UPDATE flash_order SET qty = 2 WHERE order_id = 10;
CALL assert_next('an order with other units', '"order"');
CALL audit_flash(0, 100);
UPDATE flash_order SET qty = 1 WHERE order_id = 10;
UPDATE stock_movement SET on_hand_change = 6 WHERE reference = 2002 AND pool = 'f512';
CALL assert_next('a move that is not nothing', '"allot"');
CALL audit_flash(0, 100);
