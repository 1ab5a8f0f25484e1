-- Verify souk_global:reconciliation_asking on mysql
SELECT asked_at FROM reconciliation WHERE 0;
