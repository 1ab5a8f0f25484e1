-- Revert souk_shard:cart_ticks from mysql
ALTER TABLE cart
    DROP COLUMN ticks_base,
    DROP COLUMN ticks_version;
