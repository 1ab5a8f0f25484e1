-- Verify souk_global:reconciliation_closing on mysql
SELECT note, closed_by, closed_at FROM reconciliation_difference WHERE 0;
