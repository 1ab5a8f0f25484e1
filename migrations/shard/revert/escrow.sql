-- Revert souk_shard:escrow from mysql
ALTER TABLE stock_transfer DROP KEY stock_transfer_sku;
