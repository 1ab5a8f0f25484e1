-- reconciliation_get: what came of comparing a provider's statement of one day with our books.
--
-- Parameters
--   in_channel      VARCHAR(16)    payment channel
--   in_day          VARCHAR(10)    day of the provider, 2026-11-28
--   in_state        VARCHAR(8)     only differences that are open, or closed; NULL: both
--   in_cursor       VARCHAR(255)   class and reference of the last one seen; NULL: from the beginning
--   in_limit        BIGINT         1 … 100
-- Returns  one row: status INT, body JSON, next_cursor
--   200 the counts of reconciliation_json and "items": [as reconciliation_difference_json], "next_cursor"
-- Errors   30003 request.invalid: day · 30004 not_found: never reconciled nor asked for
-- Locks    none
-- Example  CALL reconciliation_get('sandbox', '2026-11-28', 'open', NULL, 20);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE reconciliation_get(
    in_channel VARCHAR(16), in_day VARCHAR(10), in_state VARCHAR(8), in_cursor VARCHAR(255), in_limit BIGINT
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a reconciliation and its differences'
BEGIN
    DECLARE v_day DATE DEFAULT reconciliation_day(in_day);
    DECLARE v_report LONGTEXT DEFAULT reconciliation_json(in_channel, in_day);
    DECLARE v_more BIGINT DEFAULT in_limit + 1;
    DECLARE v_items LONGTEXT;
    DECLARE v_next VARCHAR(255);

    IF v_report IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: this day was not reconciled';
    END IF;
    SELECT GROUP_CONCAT(IF(d.nth > in_limit, NULL, reconciliation_difference_json(d.channel, d.day, d.class, d.reference))
                        ORDER BY d.nth),
           IF(COUNT(*) > in_limit, LOWER(HEX(MAX(IF(d.nth = in_limit, CONCAT(d.class, '|', d.reference), NULL)))), NULL)
      INTO v_items, v_next
      FROM (SELECT r.*, ROW_NUMBER() OVER (ORDER BY r.class, r.reference) AS nth
              FROM reconciliation_difference r
             WHERE r.channel = in_channel AND r.day = v_day AND r.state = COALESCE(in_state, r.state)
               AND (in_cursor IS NULL OR r.class > SUBSTRING_INDEX(in_cursor, '|', 1)
                    OR (r.class = SUBSTRING_INDEX(in_cursor, '|', 1) AND r.reference > SUBSTRING(in_cursor, LOCATE('|', in_cursor) + 1)))
             ORDER BY r.class, r.reference
             LIMIT v_more) d;
    SELECT 200 AS status,
           JSON_SET(v_report, '$.items', JSON_EXTRACT(CONCAT('[', COALESCE(v_items, ''), ']'), '$'), '$.next_cursor', v_next) AS body,
           v_next AS next_cursor;
END
