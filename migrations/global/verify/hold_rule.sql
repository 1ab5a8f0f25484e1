-- Verify souk_global:hold_rule on mysql
SELECT currency, above, version, changed_by, changed_at FROM hold_rule WHERE 0;
