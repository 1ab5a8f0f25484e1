-- Verify souk_sandbox:authorise on mysql
SELECT state, event_id, decided_at, decline_code FROM payment WHERE 0;
