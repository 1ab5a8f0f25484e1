-- Verify souk_shard:flash on mysql
SELECT sale_id, sku_id, pool, price, units, per_account, state, epoch, version, allotted FROM flash_sale WHERE 0;
SELECT order_id, sale_id, account_id, qty, key_hash, body_hash, ended_at FROM flash_order WHERE 0;
SELECT account_id, sale_id, used FROM flash_use WHERE 0;
