-- Deploy souk_shard:channel_due to mysql
-- requires: payment_claim

-- What is due is taken channel by channel, so that what waits for a provider that does not answer hides nothing of the others'.
-- payment_due and refund_due are what the release before orders by; a later one drops them.
ALTER TABLE payment ADD KEY payment_channel_due (channel, state, due_at); -- what the worker has to do, by channel
ALTER TABLE refund ADD KEY refund_channel_due (channel, due_at); -- what the worker has to do, by channel
