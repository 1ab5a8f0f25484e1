-- The list of orders reads its page out of an index, however many orders there are and however deep the page is.
INSERT INTO orders (order_id, account_id, state, version, currency, items_n, items_total, total, title, address, created_at)
WITH RECURSIVE d (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM d WHERE i < 99)
SELECT (1000 + a.i * 100 + b.i) * 256 + 5, 5, IF((a.i * 100 + b.i) % 50, 'PAID', 'CLOSED'), 1, 'EUR', 1, 1000, 1000, 'Filled', '{}', UTC_TIMESTAMP(3)
  FROM d a JOIN d b;
ANALYZE TABLE orders;
CALL order_list(5, NULL, NULL, 20);

CALL reads_begin();
CALL assert_next('the newest 20 of 10,000', '"order_id": "2815749"');
CALL order_list(5, NULL, NULL, 20);
CALL assert_reads('for them', 300);

CALL reads_begin();
CALL assert_next('a page far down', '"order_id": "511749"');
CALL order_list(5, NULL, '512005', 20);
CALL assert_reads('for it', 300);

CALL reads_begin();
CALL assert_next('those of a rare state', '"state": "CLOSED"');
CALL order_list(5, 'CLOSED', NULL, 20);
CALL assert_reads('for them', 300);
