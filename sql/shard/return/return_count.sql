-- return_count: writes down what of a return came, and what of that can be sold again.
--
-- Parameters
--   in_return_id    BIGINT     the return
--   in_items        LONGTEXT   JSON [{"line": n, "received": n, "sellable": n}, …]: every line of the return, once
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30003 request.invalid: items
-- Locks    return_item
-- Example  CALL return_count(6001, '[{"line": 1, "received": 2, "sellable": 1}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE return_count(in_return_id BIGINT, in_items LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'what of a return came'
BEGIN
    DECLARE v_message VARCHAR(128);

    SELECT CONCAT('request.invalid: items[', j.nth - 1, '].',
                  CASE WHEN r.line IS NULL THEN 'line: the return has no such line' WHEN j.again > 1 THEN 'line: named twice'
                       WHEN j.received > r.qty THEN CONCAT('received: at most ', r.qty)
                       ELSE 'sellable: at most what was received' END)
      INTO v_message
      FROM (SELECT nth, line, received, sellable, ROW_NUMBER() OVER (PARTITION BY line ORDER BY nth) AS again
              FROM JSON_TABLE(in_items, '$[*]' COLUMNS (nth FOR ORDINALITY, line INT PATH '$.line',
                                                        received BIGINT PATH '$.received', sellable BIGINT PATH '$.sellable')) t) j
      LEFT JOIN return_item r ON r.return_id = in_return_id AND r.line = j.line
     WHERE r.line IS NULL OR j.again > 1 OR j.received > r.qty OR j.sellable > j.received
     ORDER BY j.nth
     LIMIT 1;
    IF v_message IS NOT NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = v_message;
    ELSEIF JSON_LENGTH(in_items) <> (SELECT COUNT(*) FROM return_item WHERE return_id = in_return_id) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: items: every line of the return';
    END IF;

    UPDATE JSON_TABLE(in_items, '$[*]' COLUMNS (line INT PATH '$.line', received BIGINT PATH '$.received',
                                                sellable BIGINT PATH '$.sellable')) j
           STRAIGHT_JOIN return_item r ON r.return_id = in_return_id AND r.line = j.line
       SET r.received = j.received, r.sellable = j.sellable;
END
