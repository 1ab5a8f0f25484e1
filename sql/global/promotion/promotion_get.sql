-- promotion_get: a promotion.
--
-- Parameters
--   in_promotion_id  BIGINT   which
-- Returns  one row: status INT, body JSON, etag
--   200 as promotion_json gives it
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL promotion_get(7);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE promotion_get(in_promotion_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a promotion'
BEGIN
    DECLARE v_version BIGINT DEFAULT (SELECT version FROM promotion WHERE promotion_id = in_promotion_id);

    IF v_version IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    SELECT 200 AS status, promotion_json(in_promotion_id) AS body, CONCAT('v', v_version) AS etag;
END
