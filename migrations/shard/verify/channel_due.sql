-- Verify souk_shard:channel_due on mysql
SELECT payment_id FROM payment FORCE INDEX (payment_channel_due) WHERE 0;
SELECT refund_id FROM refund FORCE INDEX (refund_channel_due) WHERE 0;
