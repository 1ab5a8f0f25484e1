-- reconciliation_due: is a day of a channel still to be reconciled?
--
-- Parameters
--   in_channel      VARCHAR(16)   payment channel
--   in_day          VARCHAR(10)   day of the provider
-- Returns  one row: status INT, body JSON
--   200 {"due": 1 when it never came to its end, and was not begun within the last five minutes}
-- Errors   none
-- Locks    none
-- Example  CALL reconciliation_due('sandbox', '2026-11-28');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE reconciliation_due(in_channel VARCHAR(16), in_day VARCHAR(10))
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'whether a day is to be reconciled'
SELECT 200 AS status,
       JSON_OBJECT('due', NOT EXISTS (SELECT 1 FROM reconciliation
                                       WHERE channel = in_channel AND day = in_day
                                         AND (finished_at IS NOT NULL OR started_at > UTC_TIMESTAMP(3) - INTERVAL 5 MINUTE))) AS body
