-- Verify souk_global:broadcast on mysql

SELECT routine, aggregate_id, version, rows_json, created_at FROM broadcast WHERE 0;
SELECT account_id, route, idempotency_key, body_hash, status, body, etag, created_at FROM idempotency WHERE 0;
