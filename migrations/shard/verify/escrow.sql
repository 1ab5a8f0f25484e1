-- Verify souk_shard:escrow on mysql
SELECT COUNT(qty) FROM stock_transfer FORCE INDEX (stock_transfer_sku) WHERE sku_id = 0;
