-- mail_notices: events of orders become mail to their buyers. The same event again adds nothing.
--
-- Parameters
--   in_notices      LONGTEXT   JSON array of {"mail_id", "order_id", "kind", "event_id", "data": "{…}"}
-- Returns  one row: status INT, body JSON
--   200 {"mails": n}
-- Errors   30014 conflict: another call has taken one of the events meanwhile; nothing is written, and it may be made again
-- Locks    inbox (by event), then mail
-- Example  CALL mail_notices('[{"mail_id": "…", "order_id": "…", "kind": "order.paid", "event_id": "order-1-2", "data": "{\\"seq\\": 2}"}]');
--
-- The row of the inbox decides: who writes it sends the mail. Of an event that stands several times in the array, one counts.
-- Where it goes is looked up when it is sent.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE mail_notices(in_notices LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'events of orders become mail'
BEGIN
    DECLARE v_mails, v_new_n BIGINT;
    DECLARE v_new LONGTEXT;
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(CAST(e.mail_id AS CHAR)), ''), ']'), COUNT(*) INTO v_new, v_new_n
      FROM (SELECT MIN(n.mail_id) AS mail_id
              FROM JSON_TABLE(in_notices, '$[*]' COLUMNS (mail_id BIGINT PATH '$.mail_id',
                                                          event_id VARCHAR(64) PATH '$.event_id')) n
             WHERE NOT EXISTS (SELECT 1 FROM inbox x WHERE x.consumer = 'mail' AND x.event_id = n.event_id)
             GROUP BY n.event_id) e;
    INSERT IGNORE INTO inbox (consumer, event_id, created_at)
    SELECT DISTINCT 'mail', n.event_id, v_now
      FROM JSON_TABLE(in_notices, '$[*]' COLUMNS (event_id VARCHAR(64) PATH '$.event_id')) n
     ORDER BY n.event_id;
    IF ROW_COUNT() <> v_new_n THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30014, MESSAGE_TEXT = 'conflict: an event was taken meanwhile';
    END IF;

    INSERT INTO mail (mail_id, kind, urgent, account_id, order_id, data, state, due_at, created_at)
    SELECT n.mail_id, n.kind, 0, o.account_id, o.order_id, n.data, 'pending', v_now, v_now
      FROM JSON_TABLE(in_notices, '$[*]' COLUMNS (mail_id BIGINT PATH '$.mail_id', order_id BIGINT PATH '$.order_id',
                                                  kind VARCHAR(32) PATH '$.kind', data LONGTEXT PATH '$.data')) n
      JOIN JSON_TABLE(v_new, '$[*]' COLUMNS (mail_id BIGINT PATH '$')) e ON e.mail_id = n.mail_id
      JOIN orders o ON o.order_id = n.order_id;
    SET v_mails = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, CONCAT('{"mails": ', v_mails, '}') AS body;
END
