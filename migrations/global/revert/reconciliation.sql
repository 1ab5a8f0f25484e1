-- Revert souk_global:reconciliation from mysql
DROP TABLE reconciliation_difference;
DROP TABLE reconciliation;
