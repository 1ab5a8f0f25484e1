-- The first request with a key runs, every other one gets its answer.

START TRANSACTION;
CALL idempotency_claim(1, 'order_place', 'k', UNHEX(SHA2('a', 256)), @status, @body, @etag);
CALL assert_is('the first is told to go on', @status, NULL);
CALL idempotency_store(1, 'order_place', 'k', 201, '{"b":  "bytes as they are 茶"}', 'v1');
COMMIT;

CALL idempotency_claim(1, 'order_place', 'k', UNHEX(SHA2('a', 256)), @status, @body, @etag);
CALL assert_is('a repetition gets the status', @status, 201);
CALL assert_is('the same bytes', @body, '{"b":  "bytes as they are 茶"}');
CALL assert_is('and the etag', @etag, 'v1');

CALL assert_refused('another body is a mismatch', 30021, 'idempotency.mismatch%',
    'CALL idempotency_claim(1, ''order_place'', ''k'', UNHEX(SHA2(''b'', 256)), @status, @body, @etag)');

START TRANSACTION;
CALL idempotency_claim(1, 'order_cancel', 'k', UNHEX(SHA2('b', 256)), @status, @body, @etag);
CALL assert_is('another route has keys of its own', @status, NULL);
CALL idempotency_claim(2, 'order_place', 'k', UNHEX(SHA2('b', 256)), @status, @body, @etag);
CALL assert_is('another account has keys of its own', @status, NULL);
CALL idempotency_claim(1, 'order_place', 'K', UNHEX(SHA2('b', 256)), @status, @body, @etag);
CALL assert_is('keys are compared byte by byte', @status, NULL);
ROLLBACK;
CALL assert_is('what is rolled back leaves no key', (SELECT COUNT(*) FROM idempotency), 1);

CALL idempotency_claim(1, 'order_place', NULL, UNHEX(SHA2('b', 256)), @status, @body, @etag);
CALL idempotency_store(1, 'order_place', NULL, 201, '{}', NULL);
CALL assert_is('without a key nothing is kept', (SELECT COUNT(*) FROM idempotency), 1);

CALL assert_refused('an answer needs a claim of its own', 30001, 'internal%',
    'CALL idempotency_store(1, ''order_place'', ''k'', 201, ''{}'', NULL)');
CALL assert_refused('an answer to a key never claimed', 30001, 'internal%',
    'CALL idempotency_store(1, ''order_place'', ''never'', 201, ''{}'', NULL)');

INSERT INTO idempotency (account_id, route, idempotency_key, body_hash, created_at)
VALUES (3, 'r', 'old1', 'x', UTC_TIMESTAMP(3) - INTERVAL 25 HOUR), (3, 'r', 'old2', 'x', UTC_TIMESTAMP(3) - INTERVAL 26 HOUR),
       (3, 'r', 'young', 'x', UTC_TIMESTAMP(3) - INTERVAL 23 HOUR);
CALL assert_next('purging goes in batches', '"purged": *1}');
CALL idempotency_purge(1);
CALL assert_is('oldest first', (SELECT COUNT(*) FROM idempotency WHERE idempotency_key = 'old2'), 0);
CALL assert_next('to the end', '"purged": *1}');
CALL idempotency_purge(10);
CALL assert_next('and no further than 24 hours', '"purged": *0}');
CALL idempotency_purge(10);
CALL assert_is('the young stay', (SELECT COUNT(*) FROM idempotency), 2);
CALL assert_is('the slot is the account''s', (SELECT slot FROM idempotency WHERE idempotency_key = 'young'), 3);
