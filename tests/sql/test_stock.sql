-- Escrow: every unit is somewhere, and nowhere twice.
CALL make_shop();

CALL assert_next('goods come in', '"received": *10}');
CALL stock_receive(1001, -1, 42, 'main', 10, 'delivery-1');
CALL assert_next('the same transfer again answers the same', '"received": *10}');
CALL stock_receive(1001, -1, 42, 'main', 10, 'delivery-1');
CALL assert_is('and brings nothing', (SELECT on_hand FROM stock WHERE sku_id = 42), 10);
CALL stock_receive(1002, -1, 42, 'main', 5, 'delivery-2');
CALL assert_is('another transfer adds up', (SELECT on_hand FROM stock WHERE sku_id = 42), 15);
CALL assert_refused('no units are no transfer', 30003, 'request.invalid%', 'CALL stock_receive(1003, -1, 42, ''main'', 0, NULL)');
CALL assert_law('received');

CALL assert_next('what is free is lent', '"lent": *4, "in_flight": *0}|"in_flight": *0.*"lent": *4|"lent": *4.*"in_flight": *0');
CALL stock_lend(2001, 1, 42, 'main', 4, 0, 0);
CALL assert_next('asking again with the same id is the same loan', '"lent": *4');
CALL stock_lend(2001, 1, 42, 'main', 4, 0, 0);
CALL assert_is('the units left once', (SELECT on_hand FROM stock WHERE sku_id = 42), 11);
CALL assert_next('units under way are told', '"in_flight": *4');
CALL stock_lend(2002, 1, 42, 'main', 1, 0, 0);
CALL assert_law('lent');

CALL stock_receive(1004, -1, 41, 'main', 3, NULL);
CALL place(9001, 5, 2, 'k1', 'h', '[{"sku_id": "41", "qty": 2}]', '{"name": "A"}', NULL, NULL, NULL, 60);
CALL assert_next('all that are wanted or none', '"lent": *0');
CALL stock_lend(2003, 1, 41, 'main', 3, 0, 0);
CALL assert_next('not when so many are to stay', '"lent": *0');
CALL stock_lend(2003, 1, 41, 'main', 1, 0, 1);
CALL assert_next('reserved units are not lent', '"lent": *1');
CALL stock_lend(2003, 1, 41, 'main', 1, 5, 0);
CALL assert_next('nor is anything when nothing is free', '"lent": *0');
CALL stock_lend(2004, 1, 41, 'main', 3, 0, 0);
CALL assert_is('a loan of nothing leaves no transfer', (SELECT COUNT(*) FROM stock_transfer WHERE transfer_id = 2004), 0);
CALL assert_next('nor of a SKU never seen', '"lent": *0');
CALL stock_lend(2005, 1, 99, 'main', 3, 0, 0);
CALL assert_law('reserved');

CALL assert_next('what is in flight is listed by id', '"2001".*"2002".*"2003"');
CALL stock_under_way(0, 10, '[]');
CALL assert_next('so many at most', '"items": *\\[{[^}]*"2001"[^}]*}\\]');
CALL stock_under_way(0, 1, '[]');
CALL assert_next('from an id on', '"items": *\\[{[^}]*"2003"[^}]*}\\]');
CALL stock_under_way(2002, 10, '[]');
CALL assert_next('but not to shards that are away', '"items": *\\[\\]');
CALL stock_under_way(0, 10, '[2, 1]');
CALL assert_next('to others it is', '"2001".*"2003"');
CALL stock_under_way(0, 10, '[2, 10]');
CALL assert_next('settled once', '"settled": *1}');
CALL stock_settle(2001);
CALL assert_next('and only once', '"settled": *0}');
CALL stock_settle(2001);
CALL assert_next('after settling nothing comes back', '"returned": *0}');
CALL stock_return(2001);
CALL assert_next('units come back where a tombstone stands at the other end', '"returned": *1}');
CALL stock_return(2002);
CALL assert_next('once', '"returned": *0}');
CALL stock_return(2002);
CALL assert_next('what came back cannot be settled', '"settled": *0}');
CALL stock_settle(2002);
CALL assert_law('settled and returned');

CALL assert_next('a tombstone before the units', '"refused"');
CALL stock_refuse(3001, 1, 42, 'main');
CALL assert_refused('keeps them out', 30403, 'stock.transfer_refused%', 'CALL stock_receive(3001, 1, 42, ''main'', 6, NULL)');
CALL assert_refused('for good', 30403, 'stock.transfer_refused%', 'CALL stock_receive(3001, 1, 42, ''main'', 6, NULL)');
CALL assert_is('nothing came', (SELECT on_hand FROM stock WHERE sku_id = 42), 11);
CALL assert_next('after the units a tombstone is too late', '"received"');
CALL stock_refuse(1001, -1, 42, 'main');
CALL assert_law('tombstones');

SET @check_violated = IF(VERSION() LIKE '%MariaDB%', 4025, 3819);
CALL assert_refused('no statement takes reserved units away', @check_violated, '%', 'UPDATE stock SET on_hand = 1 WHERE sku_id = 41');
CALL assert_refused('or reserves fewer than none', @check_violated, '%', 'UPDATE stock SET reserved = -1 WHERE sku_id = 41');

CALL assert_next('a shard''s units', '"on_hand": *2.*"reserved": *2|"reserved": *2.*"on_hand": *2|"on_hand": *2');
CALL stock_get(41);
CALL assert_next('a SKU never seen has none', '"pools": *\\[\\]');
CALL stock_get(99);

-- The law must find what is broken.
UPDATE stock SET on_hand = on_hand + 1 WHERE sku_id = 42;
CALL assert_next('a unit from nowhere is found', '"on_hand"');
CALL stock_law();
UPDATE stock SET on_hand = on_hand - 1 WHERE sku_id = 42;
UPDATE stock SET reserved = reserved - 1 WHERE sku_id = 41;
CALL assert_next('a reservation without an order is found', '"orders"');
CALL stock_law();
UPDATE stock SET reserved = reserved + 1 WHERE sku_id = 41;
UPDATE stock_transfer SET qty = qty + 1 WHERE transfer_id = 2001;
CALL assert_next('a transfer that does not match its movement is found', '"transfers"');
CALL stock_law();
UPDATE stock_transfer SET qty = qty - 1 WHERE transfer_id = 2001;
CALL assert_law('mended');

-- The last units go home, as many as are wanted there.
CALL stock_receive(5001, -1, 45, 'main', 20, NULL);
CALL assert_next('as many as are wanted go', '"lent": *7');
CALL stock_send_home(5002, 1, 45, 'main', 7, 8);
CALL assert_next('asking again with the same id sends nothing more', '"lent": *7');
CALL stock_send_home(5002, 1, 45, 'main', 7, 8);
CALL assert_is('the others stay', (SELECT on_hand FROM stock WHERE sku_id = 45), 13);
CALL assert_next('all of them when fewer than a few would stay', '"lent": *13');
CALL stock_send_home(5003, 1, 45, 'main', 6, 8);
CALL assert_next('nothing where nothing is free', '"lent": *0');
CALL stock_send_home(5004, 1, 45, 'main', 6, 8);
CALL stock_receive(5005, 1, 45, 'main', 20, NULL);
CALL assert_next('nor where units have just come from another shard', '"in_flight": *20');
CALL stock_send_home(5006, 1, 45, 'main', 6, 8);
CALL assert_law('sent home');

-- Who looks at what moved lately does not walk through what moved long ago.
INSERT INTO stock_transfer (transfer_id, direction, peer, sku_id, pool, qty, state, created_at)
SELECT 900000 + seq.n, IF(seq.n % 2, 'in', 'out'), 1, 46, 'main', 1, IF(seq.n % 2, 'received', 'settled'), '2026-01-01'
  FROM (WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 900) SELECT n FROM s) seq;
CALL stock_receive(6001, 1, 46, 'main', 9, NULL);
CALL stock_lend(6002, 1, 46, 'main', 2, 0, 0);
CALL stock_lend(6003, 1, 46, 'main', 1, 0, 0);
CALL stock_settle(6003);
CALL stock_refuse(6004, 1, 46, 'main');
CALL reads_begin();
CALL assert_next('what is free, under way, and how much moved since', '"free": *6 && "in_flight": *2 && "moves": *4');
CALL stock_peek(46, 'main', UNIX_TIMESTAMP('2026-01-02') * 1000);
CALL assert_reads('what is read does not depend on what moved long ago', 200);
