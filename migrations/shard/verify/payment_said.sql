-- Verify souk_shard:payment_said on mysql
SELECT taken, taken_ref, decline_code FROM payment WHERE 0;
