-- database: global
-- A correction is written down once for each key; one that was refused may begin again under another id.
INSERT INTO sku (sku_id, product_id, option_key, position, title, option_values, code, price, currency, weight_grams, initial_units, state, version)
VALUES (42, 1, 'x', 1, 'Tee', '[]', '', 500, 'EUR', 0, 0, 'active', 1);

CALL assert_next('a correction begins', '201.*"1024".*');
CALL correction_begin(1024, 640, 'key-1', 'h', 42, 0, -3, 'broken', NULL);
CALL assert_next('the same key meets it under way', '201.*"1024".*');
CALL correction_begin(1025, 640, 'key-1', 'h', 42, 0, -3, 'broken', NULL);
CALL assert_next('it is refused', '201.*"1024"');
CALL correction_end(1024, 'refused');
CALL assert_next('the same key begins again under a new id', '201.*"1026".*');
CALL correction_begin(1026, 640, 'key-1', 'h', 42, 0, -3, 'broken', NULL);
CALL assert_next('who heard of the first refusal only now is not told that there was none', '^201');
CALL correction_end(1024, 'refused');
CALL assert_is('and the new one is under way', (SELECT state FROM goods_correction WHERE correction_id = 1026), 'open');
CALL assert_refused('one that was never refused cannot vanish', 30004, 'not_found%', 'CALL correction_end(1024, ''done'')');
CALL assert_next('the new one is done', '201.*"1026"');
CALL correction_end(1026, 'done');
CALL assert_next('and stays so', '201.*"1026"');
CALL correction_end(1026, 'refused');
CALL assert_is('whoever asks', (SELECT state FROM goods_correction WHERE correction_id = 1026), 'done');
