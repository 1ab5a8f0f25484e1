-- Revert souk_global:hold_rule from mysql
DROP TABLE hold_rule;
