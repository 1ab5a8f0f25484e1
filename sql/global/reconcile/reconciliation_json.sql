-- reconciliation_json: what came of a reconciliation, counted.
--
-- Parameters
--   in_channel      VARCHAR(16)   payment channel
--   in_day          VARCHAR(10)   day of the provider
-- Returns  JSON object {"channel", "day", "state", "runs", "lines", "matched", "started_at", "finished_at",
--          "differences": [{"class", "open", "closed"}]} and "asked_at", when staff asked for it and it has not ended since; NULL
--          when the day was never reconciled nor asked for
-- Errors   none
-- Locks    none
-- Example  SELECT reconciliation_json('sandbox', '2026-11-28');
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION reconciliation_json(in_channel VARCHAR(16), in_day VARCHAR(10))
RETURNS LONGTEXT CHARSET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a reconciliation as JSON'
BEGIN
    DECLARE v_classes LONGTEXT;

    SELECT GROUP_CONCAT('{"class": "', c.class, '", "open": ', c.open_n, ', "closed": ', c.closed_n, '}' ORDER BY c.class)
      INTO v_classes
      FROM (SELECT class, SUM(state = 'open') AS open_n, SUM(state = 'closed') AS closed_n
              FROM reconciliation_difference
             WHERE channel = in_channel AND day = in_day
             GROUP BY class) c;
    RETURN (SELECT JSON_OBJECT('channel', channel, 'day', CAST(day AS CHAR), 'state', state, 'runs', runs, 'lines', lines_n,
                               'matched', matched_n, 'asked_at', rfc3339(asked_at), 'started_at', rfc3339(started_at), 'finished_at', rfc3339(finished_at),
                               'differences', JSON_EXTRACT(CONCAT('[', COALESCE(v_classes, ''), ']'), '$'))
              FROM reconciliation
             WHERE channel = in_channel AND day = in_day);
END
