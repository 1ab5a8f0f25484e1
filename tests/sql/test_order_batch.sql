-- Orders placed together: each succeeds or fails alone, who came first is served first.
CALL make_shop();
CALL stock_receive(1001, -1, 41, 'main', 5, NULL);
CALL stock_receive(1002, -1, 42, 'main', 1, NULL);
UPDATE sku SET currency = 'EUR' WHERE sku_id = 43;
CALL stock_receive(1003, -1, 43, 'main', 1000, NULL);

CALL place_many('several at once', '1 5 a h 43*1;2 6 a h 43*2,41*1;3 7 a h 41*1', '1 2 3');
CALL assert_is('their units are reserved', (SELECT GROUP_CONCAT(sku_id, ':', reserved ORDER BY sku_id) FROM stock), '41:2,42:0,43:3');
CALL assert_is('each has its event', (SELECT COUNT(*) FROM order_event WHERE type = 'order.placed' AND seq = 1), 3);
CALL assert_is('each goes out, in one row', (SELECT GROUP_CONCAT(e.id, ' ', e.aggregate, ' ', e.type, ' ', e.order_id ORDER BY e.id)
    FROM outbox, JSON_TABLE(payload, '$[*]' COLUMNS (id VARCHAR(64) PATH '$.id', aggregate BIGINT PATH '$.aggregate', type VARCHAR(32) PATH '$.payload.type',
                                                     order_id BIGINT PATH '$.payload.order_id')) e WHERE topic = 'order'),
    'order-1-1 1 order.placed 1,order-2-1 2 order.placed 2,order-3-1 3 order.placed 3');
CALL assert_is('its id is none of theirs', (SELECT GROUP_CONCAT(event_id) FROM outbox WHERE topic = 'order'), 'orders-1-3');
CALL assert_is('each answer is kept', (SELECT COUNT(*) FROM idempotency WHERE status = 201 AND route = 'order_place'), 3);
CALL assert_folds('events merge to the rows');
CALL assert_law('placed together');

-- Keys
CALL place_many('one key three times: one order, one answer', '10 5 k h 43*1;11 5 k h 43*1;12 5 k h 43*1', '10 10 10');
CALL assert_is('one order', (SELECT COUNT(*) FROM orders WHERE order_id IN (10, 11, 12)), 1);
CALL place_many('the key again with another body, in one batch', '13 5 l h 43*1;14 5 l other 43*1;15 5 l h 43*1', '13 30021 13');
CALL place_many('replays and new ones together', '16 5 k h 43*1;17 5 m h 43*1;18 5 k x 43*1', '10 17 30021');
CALL place_many('another account''s key is another key', '19 6 k h 43*1', '19');
CALL place_many('the same call once more: the same answer', '17 5 m h 43*1', '17');
CALL assert_is('and no second event', (SELECT COUNT(*) FROM order_event WHERE order_id = 17), 1);
UPDATE sku SET state = 'retired' WHERE sku_id = 43;
CALL place_many('a replay is answered as then, whatever was changed since', '20 5 k h 43*1;21 5 n h 43*1', '10 30502(43)');
UPDATE sku SET state = 'active' WHERE sku_id = 43;
CALL assert_law('keys');

-- Refusals among good ones
CALL place_many('each fails for its own reason', '30 5 r0 h 43*1;31 5 r1 h 77*1;32 5 r2 h 43*1,43*1;33 5 r3 h 43*1,44*1;34 5 r4 h 43*1',
    '30 30502(77) 30003(items[1].sku_id: this SKU is in the order already) 30502(44) 34');
CALL assert_is('nothing of them is written', (SELECT COUNT(*) FROM idempotency WHERE idempotency_key IN ('r1', 'r2', 'r3')), 0);
CALL place_many('and they may try again under the same key', '35 5 r1 h 43*1', '35');
DELETE FROM slot_owner WHERE slot = 7;
CALL place_many('an account of another shard alone is sent away', '36 5 r5 h 43*1;37 7 r6 h 43*1', '36 30015(7)');
INSERT INTO slot_owner (slot) VALUES (7);
CALL assert_law('refused');

-- Competing for units: 41 has 3 left, 42 has 1
CALL place_many('the last unit goes to the first', '40 5 c0 h 42*1;41 6 c1 h 42*1;42 7 c2 h 42*1;43 8 c3 h 42*1',
    '40 30401(42 main 1) 30401(42 main 1) 30401(42 main 1)');
CALL assert_is('the others left no key', (SELECT COUNT(*) FROM idempotency WHERE idempotency_key IN ('c1', 'c2', 'c3')), 0);
CALL place_many('who wants what is gone does not stand in the way', '44 5 d0 h 42*1,41*3;45 6 d1 h 41*3', '30401(42 main 1) 45');
CALL stock_receive(1004, -1, 41, 'main', 5, NULL);
CALL place_many('a smaller order fits where a larger one does not', '46 5 e0 h 41*4;47 6 e1 h 41*3;48 7 e2 h 41*1;49 8 e3 h 41*1',
    '46 30401(41 main 2) 48 30401(41 main 1)');
CALL stock_receive(1005, -1, 41, 'main', 2, NULL);
CALL stock_receive(1006, -1, 42, 'main', 2, NULL);
CALL place_many('a chain of refusals is looked at to its end',
    '50 5 f0 h 41*2;51 6 f1 h 41*1,42*1;52 7 f2 h 42*2;53 8 f3 h 42*1,43*5;54 9 f4 h 42*1', '50 30401(41 main 1) 52 30401(42 main 1) 30401(42 main 1)');
CALL stock_receive(1007, -1, 42, 'main', 1, NULL);
CALL place_many('a refused order''s duplicates are refused with it', '55 5 g0 h 42*1;56 6 g1 h 42*1;57 6 g1 h 42*1;58 6 g1 x 42*1',
    '55 30401(42 main 1) 30401(42 main 1) 30014(42 main 1)');
CALL place_many('and another body under its key is an order of its own', '58 6 g1 x 43*1', '58');
CALL assert_law('competed');
CALL assert_folds('still, events merge to the rows');
CALL assert_is('orders and keys agree', (SELECT COUNT(*) FROM orders), (SELECT COUNT(*) FROM idempotency));

-- The audit reads the answers of an account once, not once for each of its orders
SET @first = order_search_id(UTC_TIMESTAMP(3));
INSERT INTO orders (order_id, account_id, state, version, currency, items_n, items_total, total, title, address, created_at)
WITH RECURSIVE d (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM d WHERE i < 299)
SELECT @first + i * 256, 11, 'CLOSED', 1, 'USD', 1, 1, 1, 'A', '{}', UTC_TIMESTAMP(3) FROM d;
INSERT INTO idempotency (account_id, route, idempotency_key, body_hash, status, body, created_at)
SELECT account_id, 'order_place', CONCAT('many-', order_id), 'x', 201, CONCAT('{"order_id": "', order_id, '"}'), created_at
  FROM orders WHERE account_id = 11;
CALL count_reads();
SET @before = @reads;
CALL assert_next('300 orders of one account have their keys', '"violations": *\\[\\]');
CALL audit_idempotency(10, 1000);
CALL count_reads();
CALL assert_is('and are not read again for each other', @reads - @before < 6000, 1);
