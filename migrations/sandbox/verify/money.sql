-- Verify souk_sandbox:money on mysql
SELECT taken, fee, notify_url FROM payment WHERE 0;
SELECT merchant, refund_id, payment_id, amount, currency, state, reason, event_id, provider_ref, created_at, ends_at FROM refund WHERE 0;
SELECT payment_id, name, value FROM fault WHERE 0;
