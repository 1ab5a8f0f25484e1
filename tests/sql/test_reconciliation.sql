-- database: global
-- Which days of a channel are to be reconciled.
CALL assert_next('a channel begins with yesterday', '"2026-11-20"');
CALL reconciliation_due('sandbox', '2026-11-20');
CALL reconciliation_begin('sandbox', '2026-11-20');
CALL assert_next('what was just begun is not due', 'null');
CALL reconciliation_due('sandbox', '2026-11-20');
UPDATE reconciliation SET started_at = started_at - INTERVAL 6 MINUTE;
CALL assert_next('what did not end is', '"2026-11-20"');
CALL reconciliation_due('sandbox', '2026-11-20');
CALL reconciliation_finish('sandbox', '2026-11-20', 1, 0, 0);
CALL assert_next('what has ended is not', 'null');
CALL reconciliation_due('sandbox', '2026-11-20');
CALL assert_next('days that nobody began are made up for, the earliest first', '"2026-11-21"');
CALL reconciliation_due('sandbox', '2026-11-24');
CALL reconciliation_begin('sandbox', '2026-11-21');
UPDATE reconciliation SET started_at = started_at - INTERVAL 6 MINUTE WHERE day = '2026-11-21';
CALL assert_next('one whose statement is not there keeps nobody waiting', '"2026-11-22"');
CALL reconciliation_due('sandbox', '2026-11-24');
UPDATE reconciliation SET started_at = started_at - INTERVAL 1 HOUR WHERE day = '2026-11-21';
CALL assert_next('and is asked for again after an hour', '"2026-11-21"');
CALL reconciliation_due('sandbox', '2026-11-24');
CALL assert_next('a week back', '"2026-12-02"');
CALL reconciliation_due('sandbox', '2026-12-08');
CALL assert_next('each channel has its own days', '"2026-12-08"');
CALL reconciliation_due('stripe', '2026-12-08');
