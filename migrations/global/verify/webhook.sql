-- Verify souk_global:webhook on mysql

SELECT endpoint_id, url, description, secret, old_secret, old_secret_until, state, disabled_reason, failing_since, version,
       created_at FROM webhook WHERE 0;
SELECT endpoint_id, pattern FROM webhook_topic WHERE 0;
SELECT delivery_id, endpoint_id, event_id, type, body, state, attempts, due_at, claim, last_status, last_error, last_at,
       created_at FROM webhook_delivery WHERE 0;
