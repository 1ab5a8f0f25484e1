-- Verify souk_shard:order_writes on mysql
-- a subquery of more than one row is an error
SELECT (SELECT 1 UNION ALL
        SELECT 1 FROM information_schema.statistics
         WHERE table_schema = DATABASE()
           AND index_name IN ('order_item_slot', 'order_event_slot', 'idempotency_slot', 'outbox_slot')) AS gone;
