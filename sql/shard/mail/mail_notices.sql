-- mail_notices: events of orders become mail to their buyers. The same event again adds nothing.
--
-- Parameters
--   in_notices      LONGTEXT   JSON array of {"mail_id", "order_id", "kind", "event_id", "data": "{…}"}
-- Returns  one row: status INT, body JSON
--   200 {"mails": n}
-- Errors   none of its own
-- Locks    mail, then inbox
-- Example  CALL mail_notices('[{"mail_id": "…", "order_id": "…", "kind": "order.paid", "event_id": "order-1-2", "data": "{\\"seq\\": 2}"}]');
--
-- Where it goes is looked up when it is sent.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE mail_notices(in_notices LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'events of orders become mail'
BEGIN
    DECLARE v_mails BIGINT;
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    INSERT INTO mail (mail_id, kind, urgent, account_id, order_id, data, state, due_at, created_at)
    SELECT n.mail_id, n.kind, 0, o.account_id, o.order_id, n.data, 'pending', v_now, v_now
      FROM JSON_TABLE(in_notices, '$[*]' COLUMNS (mail_id BIGINT PATH '$.mail_id', order_id BIGINT PATH '$.order_id',
                                                  kind VARCHAR(32) PATH '$.kind', event_id VARCHAR(64) PATH '$.event_id',
                                                  data LONGTEXT PATH '$.data')) n
      JOIN orders o ON o.order_id = n.order_id
     WHERE NOT EXISTS (SELECT 1 FROM inbox x WHERE x.consumer = 'mail' AND x.event_id = n.event_id);
    SET v_mails = ROW_COUNT();
    INSERT IGNORE INTO inbox (consumer, event_id, created_at)
    SELECT 'mail', n.event_id, v_now
      FROM JSON_TABLE(in_notices, '$[*]' COLUMNS (event_id VARCHAR(64) PATH '$.event_id')) n;
    COMMIT;

    SELECT 200 AS status, CONCAT('{"mails": ', v_mails, '}') AS body;
END
