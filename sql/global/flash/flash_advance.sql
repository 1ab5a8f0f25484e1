-- flash_advance: a flash sale goes on: it opens, its gate is made anew, or it closes. For the worker.
--
-- Parameters
--   in_sale_id      BIGINT        which
--   in_step         VARCHAR(16)   open: the scheduled one opens · renew: the open one gets a new epoch · close: it is over
--   in_epoch        BIGINT        renew: the epoch that is to end; another one has ended it already, and nothing changes
-- Returns  one row: status INT, body JSON
--   200 {"advanced": 1 | 0, "state", "epoch"}; 0: it was further already
-- Errors   30004 not_found
-- Locks    flash_sale, broadcast, outbox
-- Example  CALL flash_advance(7, 'open', NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE flash_advance(in_sale_id BIGINT, in_step VARCHAR(16), in_epoch BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a flash sale goes on'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_advanced, v_epoch BIGINT;
    DECLARE v_state VARCHAR(16);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE flash_sale
       SET state = IF(in_step = 'close', 'closed', 'open'), epoch = epoch + 1, version = version + 1, updated_at = v_now
     WHERE sale_id = in_sale_id
       AND CASE in_step WHEN 'open' THEN state = 'scheduled' AND queue_opens_at <= v_now AND ends_at > v_now
                        WHEN 'renew' THEN state = 'open' AND epoch = in_epoch
                        WHEN 'close' THEN state IN ('scheduled', 'open') AND ends_at <= v_now ELSE FALSE END;
    SET v_advanced = ROW_COUNT();
    SELECT state, epoch INTO v_state, v_epoch FROM flash_sale WHERE sale_id = in_sale_id;
    IF v_state IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    ELSEIF v_advanced THEN
        CALL flash_tell(in_sale_id);
    END IF;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('advanced', v_advanced + 0, 'state', v_state, 'epoch', v_epoch + 0) AS body;
END
