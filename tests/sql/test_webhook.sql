-- database: global
-- Deliveries that wait: a batch reads what it takes, however much an endpoint is behind.

INSERT INTO webhook (endpoint_id, url, secret, state, version, created_at)
VALUES (1, 'https://shop.example.com/hook', 'whsec_x', 'enabled', 1, UTC_TIMESTAMP(3));
INSERT INTO webhook_delivery (endpoint_id, event_id, type, body, state, attempts, due_at, created_at)
WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 900)
SELECT 1, CONCAT('e-', n), 'order.paid', '{}', 'pending', 0, UTC_TIMESTAMP(3) - INTERVAL n SECOND, UTC_TIMESTAMP(3) FROM s;

CALL reads_begin();
CALL assert_next('those that have waited longest', '200.*"e-899".*"e-900"');
CALL webhook_due('c1', 60, 2, '[]');
CALL assert_reads('what is read does not depend on what waits', 200);
