-- Verify souk_global:goods on mysql

SELECT receipt_id, reference, sku_id, qty, created_at FROM goods_receipt WHERE 0;
SELECT transfer_id, receipt_id, shard, sku_id, pool, qty, state, created_at, settled_at FROM goods_transfer WHERE 0;
