-- Verify souk_global:reconciliation on mysql
SELECT channel, day, state, runs, lines_n, matched_n, started_at, finished_at FROM reconciliation WHERE 0;
SELECT channel, day, class, reference, payment_id, refund_id, order_id, data, state, run, found_at FROM reconciliation_difference WHERE 0;
