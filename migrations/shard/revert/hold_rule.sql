-- Revert souk_shard:hold_rule from mysql
DROP TABLE hold_rule;
