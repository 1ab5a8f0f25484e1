-- reconciliation_due: which day of a channel is to be reconciled next?
--
-- Parameters
--   in_channel      VARCHAR(16)   payment channel
--   in_day          VARCHAR(10)   the last day of the provider that is over
-- Returns  one row: status INT, body JSON
--   200 {"day": one that staff asked for, else the earliest that never came to its end; null: none}
-- Errors   none
-- Locks    none
-- Example  CALL reconciliation_due('sandbox', '2026-11-28');
--
-- Looked at are in_day and the six days before it, those that nobody began because no worker ran as well, but none before the
-- channel's first. One that was begun and did not end is due again after five minutes, an earlier one than in_day after an hour.
-- What staff asks for may be any day; it is given up after a day.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE reconciliation_due(in_channel VARCHAR(16), in_day VARCHAR(10))
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'the day that is to be reconciled next'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_asked, v_missed DATE;

    SELECT MIN(day) INTO v_asked
      FROM reconciliation
     WHERE channel = in_channel AND asked_at > v_now - INTERVAL 1 DAY
       AND (started_at IS NULL OR started_at < asked_at OR started_at <= v_now - INTERVAL 5 MINUTE);
    SELECT MIN(d.day) INTO v_missed
      FROM (SELECT CAST(in_day AS DATE) - INTERVAL j.n DAY AS day
              FROM JSON_TABLE('[0, 1, 2, 3, 4, 5, 6]', '$[*]' COLUMNS (n INT PATH '$')) j) d
      LEFT JOIN reconciliation r ON r.channel = in_channel AND r.day = d.day
     WHERE (d.day = in_day OR d.day >= (SELECT MIN(f.day) FROM reconciliation f WHERE f.channel = in_channel AND f.started_at IS NOT NULL))
       AND r.finished_at IS NULL
       AND (r.started_at IS NULL OR r.started_at <= v_now - INTERVAL IF(d.day = in_day, 5, 60) MINUTE);
    SELECT 200 AS status, JSON_OBJECT('day', CAST(COALESCE(v_asked, v_missed) AS CHAR)) AS body;
END
