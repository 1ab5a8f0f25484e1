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
