-- Verify souk_global:correction on mysql
SELECT correction_id, account_id, idempotency_key, body_hash, sku_id, pool, shard, qty, reason, reference, state,
       created_at, ended_at
  FROM goods_correction
 WHERE FALSE;
