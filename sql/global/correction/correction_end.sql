-- correction_end: writes down what the shard made of a correction.
--
-- Parameters
--   in_correction_id  BIGINT        the correction, as the shard was told
--   in_state          VARCHAR(16)   done or refused, as stock_correct answered
-- Returns  one row: status INT, body JSON
--   201 the correction as correction_json gives it; one that had ended before stays as it is; {} when it was refused before
--   and the same key has begun again since, which gave the row another id
-- Errors   30004 not_found, of one that is done
-- Locks    goods_correction (by id)
-- Example  CALL correction_end(1024, 'done');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE correction_end(in_correction_id BIGINT, in_state VARCHAR(16))
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a correction is over'
BEGIN
    DECLARE v_body LONGTEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE goods_correction
       SET state = in_state, ended_at = UTC_TIMESTAMP(3)
     WHERE correction_id = in_correction_id AND state = 'open';
    SET v_body = correction_json(in_correction_id);
    COMMIT;

    IF v_body IS NULL AND in_state <> 'refused' THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such correction';
    END IF;
    SELECT 201 AS status, COALESCE(v_body, '{}') AS body;
END
