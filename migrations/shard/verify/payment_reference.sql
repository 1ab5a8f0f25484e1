-- Verify souk_shard:payment_reference on mysql
SELECT reference, order_id, slot FROM payment_reference WHERE 0;
