-- Verify souk_sandbox:provider on mysql

SELECT merchant, payment_id, order_id, amount, currency, state, event_id, provider_ref, decided_at FROM payment WHERE 0;
SELECT callback_id, event_id, url, body, state, due_at, attempts, claim, last_status, created_at FROM callback WHERE 0;
