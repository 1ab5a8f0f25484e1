-- Deploy souk_shard:escrow to mysql
-- requires: stock

-- the transfers of a SKU by direction and state: their sums, and those of the last moments
ALTER TABLE stock_transfer ADD KEY stock_transfer_sku (sku_id, pool, direction, state, created_at, peer, qty);
