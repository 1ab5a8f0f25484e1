-- webhook_wanted: does anybody want to be told of anything? Asked by the relay for each batch.
--
-- Parameters  none
-- Returns  one row: status INT, body JSON
--   200 {"endpoints": n}
-- Errors   none
-- Locks    none
-- Example  CALL webhook_wanted();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE webhook_wanted()
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'how many endpoints are enabled'
BEGIN
    SELECT 200 AS status, JSON_OBJECT('endpoints', COUNT(*)) AS body FROM webhook WHERE state = 'enabled';
END
