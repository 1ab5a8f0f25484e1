-- Verify souk_global:flash on mysql
SELECT sale_id, title, sku_id, pool, price, currency, units, per_account, queue_opens_at, starts_at, ends_at, waiting_room,
       challenge_bits, admit_per_s, attempts_per_min, requests_per_s, orders_per_s, state, epoch, version, created_at, updated_at
  FROM flash_sale WHERE 0;
