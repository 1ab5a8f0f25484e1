-- Verify souk_shard:hold_rule on mysql
SELECT currency, above, version FROM hold_rule WHERE 0;
