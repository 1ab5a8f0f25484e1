-- Verify souk_shard:payment_claim on mysql
SELECT reference, order_id, payment_id FROM payment_reference WHERE 0;
