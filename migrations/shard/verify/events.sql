-- Verify souk_shard:events on mysql

SELECT account_id, route, idempotency_key, body_hash, status, body, etag, created_at, slot FROM idempotency WHERE 0;
SELECT event_id, topic, aggregate_id, payload, status, created_at, slot FROM outbox WHERE 0;
SELECT consumer, event_id, created_at FROM inbox WHERE 0;
