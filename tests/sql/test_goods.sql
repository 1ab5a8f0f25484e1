-- database: global
-- Goods come in once for each reference.
INSERT INTO sku (sku_id, product_id, option_key, position, title, option_values, code, price, currency, weight_grams, initial_units, state, version)
VALUES (42, 1, 'x', 1, 'Tee', '[]', '', 500, 'EUR', 0, 0, 'active', 1);

CALL assert_next('goods are recorded', '201.*"1024"');
CALL receive(1024, 'delivery-7', 42, 10, '[{"transfer_id": 1025, "shard": 0, "qty": 4}, {"transfer_id": 1026, "shard": 1, "qty": 6}]');
CALL assert_next('the same reference answers the first receipt', '201.*"1024"');
CALL receive(1034, 'delivery-7', 42, 10, '[{"transfer_id": 1035, "shard": 0, "qty": 10}]');
CALL assert_is('and makes no transfer', (SELECT COUNT(*) FROM goods_transfer), 2);
CALL assert_refused('for another delivery it is refused', 30402, 'stock.reference_used%',
    'CALL receive(1034, ''delivery-7'', 42, 11, ''[{"transfer_id": 1035, "shard": 0, "qty": 11}]'')');
CALL assert_refused('parts that are not the whole', 30003, 'request.invalid: parts',
    'CALL receive(1034, ''delivery-8'', 42, 11, ''[{"transfer_id": 1035, "shard": 0, "qty": 10}]'')');
CALL assert_refused('a SKU that is not there', 30004, 'not_found%',
    'CALL receive(1034, ''delivery-8'', 43, 10, ''[{"transfer_id": 1035, "shard": 0, "qty": 10}]'')');
CALL assert_next('what is on its way', '"1025".*"1026"|"1026".*"1025"');
CALL goods_under_way(0, 10, '[]');
CALL assert_next('from an id on', '"items": *\\[{[^}]*"1026"[^}]*}\\]');
CALL goods_under_way(1025, 10, '[]');
CALL assert_next('but not to a shard that is away', '"items": *\\[{[^}]*"1025"[^}]*}\\]');
CALL goods_under_way(0, 10, '[1]');
CALL assert_next('a part arrives', '"settled": *1}');
CALL goods_settle(1025);
CALL assert_next('once', '"settled": *0}');
CALL goods_settle(1025);
CALL assert_next('some are on their way: 202', '^202');
CALL goods_get(1024);
CALL goods_settle(1026);
CALL assert_next('all are there: 201', '^201');
CALL goods_get(1024);
CALL assert_next('nothing is on its way', '"items": *\\[\\]');
CALL goods_under_way(0, 10, '[]');
CALL assert_next('what came in all', '"received": *10');
CALL goods_stock(42);
CALL assert_refused('of a SKU that is not there', 30004, 'not_found%', 'CALL goods_stock(43)');
CALL assert_refused('a receipt that is not there', 30004, 'not_found%', 'CALL goods_get(1)');

-- A batch
SET @requests = CONCAT('[', receive_json(0, 2001, 'd1', 42, 5, NULL), ',', receive_json(1, 2011, 'd2', 43, 5, NULL), ',',
                          receive_json(2, 2021, 'd1', 42, 5, NULL), ',', receive_json(3, 2031, 'd1', 42, 6, NULL), ',',
                          receive_json(4, 2041, 'delivery-7', 42, 10, NULL), ',', receive_json(5, 2051, 'd3', 42, 7, NULL), ',',
                          receive_json(6, 2061, 'd4', 42, 7, '[{"transfer_id": 2062, "shard": 0, "qty": 6}]'), ']');
CALL goods_receive(@requests);
CALL assert_received('each fails alone; a reference twice is received once; one used otherwise is refused',
    '2001 30004 2001 30402 1024 2051 30003');
CALL assert_is('the units of those that stand', (SELECT GROUP_CONCAT(transfer_id, ':', qty ORDER BY transfer_id) FROM goods_transfer
                                                  WHERE transfer_id > 2000), '2002:5,2052:7');
SET @requests = CONCAT('[', receive_json(0, 2001, 'd1', 42, 5, NULL), ',', receive_json(1, 2071, 'd5', 42, 1, NULL), ']');
CALL goods_receive(@requests);
CALL assert_received('the same call once more, whose answer was lost', '2001 2071');
CALL assert_is('changes nothing of what it did', (SELECT COUNT(*) FROM goods_transfer WHERE receipt_id = 2001), 1);
