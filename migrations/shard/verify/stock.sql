-- Verify souk_shard:stock on mysql

SELECT sku_id, pool, on_hand, reserved FROM stock WHERE 0;
SELECT sku_id, pool, reference, reason, on_hand_change, reserved_change, created_at FROM stock_movement WHERE 0;
SELECT transfer_id, direction, peer, sku_id, pool, qty, state, reference, created_at, ended_at FROM stock_transfer WHERE 0;
