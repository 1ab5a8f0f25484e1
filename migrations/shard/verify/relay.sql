-- Verify souk_shard:relay on mysql

SELECT waiting_for, published_at FROM outbox WHERE 0;
SELECT one, epoch, since FROM relay_stream WHERE 0;
