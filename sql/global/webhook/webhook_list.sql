-- webhook_list: all endpoints; there are 100 at most.
--
-- Parameters  none
-- Returns  one row: status INT, body JSON
--   200 {"items": [as webhook_json], "next_cursor": null}
-- Errors   none
-- Locks    none
-- Example  CALL webhook_list();
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE webhook_list()
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'all endpoints'
BEGIN
    SELECT 200 AS status,
           CONCAT('{"items": [', COALESCE(GROUP_CONCAT(webhook_json(endpoint_id) ORDER BY created_at, endpoint_id), ''),
                  '], "next_cursor": null}') AS body
      FROM webhook;
END
