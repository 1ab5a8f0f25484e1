-- Revert souk_shard:order_writes from mysql
ALTER TABLE outbox ADD KEY outbox_slot (slot);
ALTER TABLE idempotency ADD KEY idempotency_slot (slot);
ALTER TABLE order_event ADD KEY order_event_slot (slot);
ALTER TABLE order_item ADD KEY order_item_slot (slot);
