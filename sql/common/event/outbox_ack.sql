-- outbox_ack: a consumer says that it has done its part of these events. When all have, an event is done.
--
-- Parameters
--   in_consumer     VARCHAR(64)   who
--   in_event_ids    LONGTEXT      JSON array of event ids
-- Returns  one row: status INT, body JSON
--   200 {"acked": n, "early": m}: m of them are not marked as published yet; say it again shortly
-- Errors   none of its own
-- Locks    outbox (as listed)
-- Example  CALL outbox_ack('webhook', '["order-171798691840-1"]');
--
-- An event published twice is acknowledged twice: the second changes nothing.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE outbox_ack(
    in_consumer  VARCHAR(64),
    in_event_ids LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a consumer has done its part'
BEGIN
    DECLARE v_acked, v_early BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    -- the assignments of such an UPDATE come in any order: status is right whether it sees the old list or the new
    UPDATE JSON_TABLE(in_event_ids, '$[*]' COLUMNS (id VARCHAR(64) PATH '$')) i
           STRAIGHT_JOIN outbox o ON o.event_id = i.id AND o.status = 'published' AND FIND_IN_SET(in_consumer, o.waiting_for) > 0
       SET o.status = IF(o.waiting_for IN (in_consumer, ''), 'done', 'published'),
           o.waiting_for = TRIM(BOTH ',' FROM REPLACE(CONCAT(',', o.waiting_for, ','), CONCAT(',', in_consumer, ','), ','));
    SET v_acked = ROW_COUNT();
    COMMIT;

    SELECT COUNT(*) INTO v_early
      FROM JSON_TABLE(in_event_ids, '$[*]' COLUMNS (id VARCHAR(64) PATH '$')) i
      JOIN outbox o ON o.event_id = i.id AND o.status = 'new';
    SELECT 200 AS status, JSON_OBJECT('acked', v_acked + 0, 'early', v_early + 0) AS body;
END
