-- outbox_again: the stream is another one than before: what is not done has to be published once more.
--
-- Parameters
--   in_epoch        VARCHAR(128)   names the stream that is there now
--   in_limit        BIGINT         events a call at most, 1 … 10000
-- Returns  one row: status INT, body JSON
--   200 {"same": true, "again": n}; same is false while there is more: call again before publishing anything
-- Errors   none of its own
-- Locks    relay_stream, then outbox (by status and age)
-- Example  CALL outbox_again('0f3a….77d1…', 5000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE outbox_again(
    in_epoch VARCHAR(128),
    in_limit BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'publishes again what a lost stream held'
BEGIN
    DECLARE v_again BIGINT DEFAULT 0;
    DECLARE v_epoch VARCHAR(128);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    INSERT IGNORE INTO relay_stream (one, epoch, since) VALUES (1, '', UTC_TIMESTAMP(3));
    SELECT epoch INTO v_epoch FROM relay_stream WHERE one = 1 FOR UPDATE;
    IF v_epoch <> in_epoch THEN
        UPDATE outbox FORCE INDEX (outbox_status)
           SET status = 'new', waiting_for = ''
         WHERE status = 'published'
         ORDER BY status, created_at
         LIMIT in_limit;
        SET v_again = ROW_COUNT();
        IF v_again < in_limit THEN
            UPDATE relay_stream SET epoch = in_epoch, since = UTC_TIMESTAMP(3) WHERE one = 1;
        END IF;
    END IF;
    COMMIT;

    SELECT 200 AS status,
           JSON_OBJECT('same', JSON_EXTRACT(IF(v_again < in_limit, 'true', 'false'), '$'), 'again', v_again + 0) AS body;
END
