-- Revert souk_shard:channel_due from mysql
ALTER TABLE refund DROP KEY refund_channel_due;
ALTER TABLE payment DROP KEY payment_channel_due;
