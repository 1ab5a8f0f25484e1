-- webhook_json: one endpoint as the API shows it; its secrets never.
--
-- Parameters
--   in_endpoint_id  BIGINT   the endpoint
-- Returns  JSON object, NULL when there is none
-- Errors   none
-- Locks    none
-- Example  SELECT webhook_json(1281);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION webhook_json(in_endpoint_id BIGINT)
RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'one endpoint as JSON'
BEGIN
    DECLARE v_events, v_json LONGTEXT;

    SELECT CONCAT('[', COALESCE(GROUP_CONCAT(JSON_QUOTE(pattern) ORDER BY pattern), ''), ']')
      INTO v_events
      FROM webhook_topic
     WHERE endpoint_id = in_endpoint_id;
    SELECT JSON_OBJECT('endpoint_id', CAST(endpoint_id AS CHAR), 'url', url, 'events', JSON_EXTRACT(v_events, '$'),
                       'description', description, 'state', state, 'disabled_reason', disabled_reason,
                       'failing_since', rfc3339(failing_since),
                       'old_secret_until', IF(old_secret_until > UTC_TIMESTAMP(3), rfc3339(old_secret_until), NULL),
                       'created_at', rfc3339(created_at), 'version', version)
      INTO v_json
      FROM webhook
     WHERE endpoint_id = in_endpoint_id;
    RETURN v_json;
END
