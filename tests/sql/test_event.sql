-- Events: written with the change, taken by status, done when all consumers have said so, again when the stream is lost.

CALL event_publish('sku.changed', 5, '{"sku_id": "5"}');
CALL assert_is('an event is new', (SELECT CONCAT(topic, ' ', aggregate_id, ' ', status) FROM outbox), 'sku.changed 5 new');
CALL assert_is('its id has no dots', (SELECT COUNT(*) FROM outbox WHERE event_id LIKE '%.%'), 0);
CALL assert_refused('capitals are no topic', 30001, 'internal%', 'CALL event_publish(''Sku.changed'', 5, ''{}'')');
CALL assert_refused('nor are dots at the end', 30001, 'internal%', 'CALL event_publish(''sku.'', 5, ''{}'')');
CALL assert_refused('a payload is JSON', 30001, 'internal%', 'CALL event_publish(''sku.changed'', 5, ''{'')');
CALL assert_refused('and has bounds', 30001, 'internal%',
    'CALL event_publish(''sku.changed'', 5, CONCAT(''"'', REPEAT(''x'', 8000), ''"''))');
START TRANSACTION;
CALL event_publish('sku.changed', 6, '{}');
ROLLBACK;
CALL assert_is('what is rolled back told nothing', (SELECT COUNT(*) FROM outbox), 1);

DELETE FROM outbox;
INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, created_at) VALUES
    ('e-3', 'a', 1, '{"n": 3}', 'new', UTC_TIMESTAMP(3) - INTERVAL 10 SECOND),
    ('e-1', 'a', 1, '{"n": 1}', 'new', UTC_TIMESTAMP(3) - INTERVAL 30 SECOND),
    ('e-2', 'a', 1, '{"n": 2}', 'new', UTC_TIMESTAMP(3) - INTERVAL 20 SECOND);
CALL assert_next('the oldest come first', '200.*"epoch": null, "more": true.*"e-1".*"e-2"');
CALL outbox_take(2);
CALL assert_next('nothing was claimed', '200.*"more": false.*"e-1".*"e-2".*"e-3"');
CALL outbox_take(400);

CALL assert_next('a batch is marked', '200.*"marked": 2');
CALL outbox_mark('[{"id": "e-1", "for": ""}, {"id": "e-2", "for": "one,two"}]');
CALL assert_is('with nobody to wait for it is done', (SELECT status FROM outbox WHERE event_id = 'e-1'), 'done');
CALL assert_is('else it waits', (SELECT CONCAT(status, ' ', waiting_for) FROM outbox WHERE event_id = 'e-2'), 'published one,two');
CALL assert_next('marking twice changes nothing', '200.*"marked": 0');
CALL outbox_mark('[{"id": "e-1", "for": "one"}]');

CALL assert_next('an ack before the mark is early', '200.*"acked": 0, "early": 1');
CALL outbox_ack('one', '["e-3"]');
CALL assert_next('one of two', '200.*"acked": 1, "early": 0');
CALL outbox_ack('one', '["e-2"]');
CALL assert_is('the other is waited for', (SELECT CONCAT(status, ' ', waiting_for) FROM outbox WHERE event_id = 'e-2'), 'published two');
CALL assert_next('the same again', '200.*"acked": 0');
CALL outbox_ack('one', '["e-2"]');
CALL assert_next('a stranger', '200.*"acked": 0');
CALL outbox_ack('tw', '["e-2"]');

CALL assert_next('another stream: what is not done is new', '200.*"same": true, "again": 1');
CALL outbox_again('run.mark', 100);
CALL assert_is('and waits for nobody', (SELECT CONCAT(status, ' ', waiting_for) FROM outbox WHERE event_id = 'e-2'), 'new ');
CALL assert_is('what is done stays so', (SELECT status FROM outbox WHERE event_id = 'e-1'), 'done');
CALL outbox_mark('[{"id": "e-2", "for": "two"}, {"id": "e-3", "for": "two"}]');
CALL assert_next('the same stream: nothing', '200.*"same": true, "again": 0');
CALL outbox_again('run.mark', 100);
CALL assert_next('in small steps', '200.*"same": false, "again": 1');
CALL outbox_again('other.mark', 1);
CALL assert_is('the stream is remembered with the last', (SELECT epoch FROM relay_stream), 'run.mark');
CALL assert_next('the second step', '200.*"same": false, "again": 1');
CALL outbox_again('other.mark', 1);
CALL assert_next('the last', '200.*"same": true, "again": 0');
CALL outbox_again('other.mark', 1);
CALL assert_is('now it is', (SELECT epoch FROM relay_stream), 'other.mark');

CALL outbox_mark('[{"id": "e-2", "for": "two"}, {"id": "e-3", "for": "two"}]');
UPDATE outbox SET published_at = UTC_TIMESTAMP(3) - INTERVAL 15 SECOND WHERE event_id = 'e-2';
CALL assert_next('overdue ones are published again', '200.*"again": 1');
CALL outbox_overdue(12, 100);
CALL assert_is('only those', (SELECT GROUP_CONCAT(event_id) FROM outbox WHERE status = 'new'), 'e-2');
CALL assert_next('lag', '200.*"new": 1, "published": 1, "new_oldest_ms": 2[0-9]+, "published_oldest_ms": 1[0-9]+');
CALL outbox_lag();

CALL assert_next('only what is done is purged', '200.*"purged": 1');
CALL outbox_purge(1, 100);
CALL assert_is('the rest stays', (SELECT COUNT(*) FROM outbox), 2);
INSERT INTO inbox (consumer, event_id, created_at) VALUES ('one', 'old', UTC_TIMESTAMP(3) - INTERVAL 1 HOUR), ('one', 'young', UTC_TIMESTAMP(3));
CALL assert_next('old ones are forgotten', '200.*"purged": 1');
CALL inbox_purge(60, 100);
CALL assert_is('young ones are not', (SELECT GROUP_CONCAT(event_id) FROM inbox), 'young');

DELETE FROM outbox;
INSERT INTO outbox (event_id, topic, aggregate_id, payload, status, created_at)
SELECT CONCAT('big-', n.n), 'a', 1, CONCAT('"', REPEAT('x', 900000), '"'), 'new', UTC_TIMESTAMP(3) + INTERVAL n.n SECOND
  FROM (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3) n;
CALL assert_next('a batch is bounded in bytes', '"more": true, "items": .*"id": "big-1".*"id": "big-2"[^}]*[}][]][}]$');
CALL outbox_take(400);
