-- Verify souk_global:outbox on mysql

SELECT event_id, topic, aggregate_id, payload, status, created_at, waiting_for, published_at FROM outbox WHERE 0;
SELECT consumer, event_id, created_at FROM inbox WHERE 0;
SELECT one, epoch, since FROM relay_stream WHERE 0;
