-- outbox_mark: these events stand in the stream now. With nobody to wait for an event is done.
--
-- Parameters
--   in_events       LONGTEXT   JSON array of {"id": "…", "for": "<consumers by comma, or empty>"}
-- Returns  one row: status INT, body JSON
--   200 {"marked": n}: fewer than given when another relay was faster
-- Errors   none of its own
-- Locks    outbox (as listed)
-- Example  CALL outbox_mark('[{"id": "order-171798691840-1", "for": "webhook"}]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE outbox_mark(in_events LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'events that were published'
BEGIN
    DECLARE v_marked BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE JSON_TABLE(in_events, '$[*]' COLUMNS (id VARCHAR(64) PATH '$.id', waiting VARCHAR(190) PATH '$.for')) i
           STRAIGHT_JOIN outbox o ON o.event_id = i.id AND o.status = 'new'
       SET o.status = IF(i.waiting = '', 'done', 'published'), o.waiting_for = i.waiting,
           o.published_at = UTC_TIMESTAMP(3);
    SET v_marked = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('marked', v_marked + 0) AS body;
END
