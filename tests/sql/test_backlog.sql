-- A backlog of mail or events costs no more to take from than a short one: a batch reads what it takes, not all that waits.

INSERT INTO mail (mail_id, kind, urgent, email, data, state, due_at, created_at)
SELECT 256 * seq.n, 'notice', seq.n % 2, 'ada@example.com', '{}', 'pending', UTC_TIMESTAMP(3) - INTERVAL seq.n SECOND, UTC_TIMESTAMP(3)
  FROM (WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 900) SELECT n FROM s) seq;
INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, published_at, created_at)
SELECT CONCAT('e-', mail_id), 'a', 1, '{}', 'published', UTC_TIMESTAMP(3) - INTERVAL 1 HOUR, UTC_TIMESTAMP(3) - INTERVAL 1 HOUR
  FROM mail;

CALL reads_begin();
CALL assert_next('of each kind, the oldest urgent ones first', '200.*"mail_id": "229632".*"mail_id": "230144"');
CALL mail_due('c1', 60, 2);
CALL assert_reads('mail: what is read does not depend on what waits', 200);

CALL reads_begin();
CALL assert_next('two overdue', '200.*"again": 2');
CALL outbox_overdue(12, 2);
CALL assert_reads('events that are overdue: the same', 200);

CALL reads_begin();
CALL assert_next('two again', '200.*"again": 2');
CALL outbox_again('run.mark', 2);
CALL assert_reads('events of a stream that is lost: the same', 200);

-- Providers: what waits for one that does not answer hides nothing of the others', and old attempts no new ones
CALL make_shop();
CALL stock_receive(1001, -1, 41, 'main', 10, NULL);
CALL place_many('an order to pay', '257 5 a h 41*1', '257');
INSERT INTO payment (payment_id, order_id, account_id, channel, state, amount, currency, lease_until, expires_at, due_at, created_at)
SELECT 256 * seq.n + 5, 257, 5, IF(seq.n > 12000, IF(seq.n > 12002, 'late', 'alive'), 'dead'),
       IF(seq.n > 12002 AND seq.n < 13000, 'SUBMITTED', 'CREATED'), 500, 'EUR',
       UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) - INTERVAL 20000 - seq.n SECOND, UTC_TIMESTAMP(3)
  FROM (WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 130) SELECT (s.n - 1) * 100 + t.n AS n
          FROM s JOIN s t ON t.n <= 100) seq;
SET @busy = (SELECT JSON_ARRAYAGG(JSON_OBJECT('lane', 'dead new', 'id', CONCAT(256 * seq.n + 5)))
               FROM (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8) seq);
CALL reads_begin();
CALL assert_next('those of who answers, the new one of who is late, and of each lane as many as it may have',
    '"payment_id": "3072261" && "payment_id": "3072517" && {"payment_id": "3328005" & "lane": "late new" & "action": "open"} && "lane": "late", && "action": "query"');
CALL payment_take_each(@busy, 8, 64);
CALL assert_reads('attempts: what is read does not depend on what waits', 3000);
CALL assert_is('of the dead one none, of the late one nine', (SELECT GROUP_CONCAT(channel, ':', taken ORDER BY channel)
    FROM (SELECT channel, SUM(due_at > UTC_TIMESTAMP(3)) AS taken FROM payment GROUP BY channel) t), 'alive:2,dead:0,late:9');
CALL assert_next('all that there is room for', '"items": \\[\\{');
CALL payment_take_each('[]', 8, 3);
CALL assert_is('and no more', (SELECT COUNT(*) FROM payment WHERE tries > 0), 14);

INSERT INTO refund (refund_id, payment_id, order_id, account_id, channel, state, amount, currency, cause, due_at, created_at)
SELECT payment_id, payment_id, order_id, account_id, channel, 'REQUESTED', 500, 'EUR', 'late', due_at, created_at FROM payment;
UPDATE refund r JOIN payment p ON p.payment_id = r.payment_id SET r.due_at = UTC_TIMESTAMP(3) WHERE p.tries > 0;
SET @busy = REPLACE(@busy, 'dead new', 'dead');
CALL reads_begin();
CALL assert_next('refunds: those of who answers', '"refund_id": "3072261" && "refund_id": "3072517" && "lane": "late"');
CALL refund_take_each(@busy, 8, 64);
CALL assert_reads('what is read does not depend on what waits', 1000);
CALL assert_is('of each as many as it may have', (SELECT GROUP_CONCAT(channel, ':', taken ORDER BY channel)
    FROM (SELECT channel, SUM(state = 'SUBMITTED') AS taken FROM refund GROUP BY channel) t), 'alive:2,dead:0,late:8');
