-- webhook_get: one endpoint.
--
-- Parameters
--   in_endpoint_id  BIGINT   the endpoint
-- Returns  one row: status INT, body JSON, etag
--   200 as webhook_json
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL webhook_get(1281);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE webhook_get(in_endpoint_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'one endpoint'
BEGIN
    DECLARE v_body LONGTEXT DEFAULT webhook_json(in_endpoint_id);

    IF v_body IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such endpoint';
    END IF;
    SELECT 200 AS status, v_body AS body, (SELECT CONCAT('v', version) FROM webhook WHERE endpoint_id = in_endpoint_id) AS etag;
END
