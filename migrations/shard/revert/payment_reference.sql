-- Revert souk_shard:payment_reference from mysql
DROP TABLE payment_reference;
