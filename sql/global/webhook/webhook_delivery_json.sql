-- webhook_delivery_json: one delivery as the API shows it.
--
-- Parameters
--   in_delivery_id  BIGINT   the delivery
-- Returns  JSON object, NULL when there is none
-- Errors   none
-- Locks    none
-- Example  SELECT webhook_delivery_json(7);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION webhook_delivery_json(in_delivery_id BIGINT)
RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'one delivery as JSON'
RETURN (SELECT JSON_OBJECT('delivery_id', CAST(delivery_id AS CHAR), 'endpoint_id', CAST(endpoint_id AS CHAR),
                           'event_id', event_id, 'type', type, 'state', state, 'attempts', attempts,
                           'next_attempt_at', IF(state = 'pending', rfc3339(due_at), NULL), 'last_status', last_status,
                           'last_error', last_error, 'last_attempt_at', rfc3339(last_at),
                           'created_at', rfc3339(created_at), 'body', JSON_EXTRACT(body, '$'))
          FROM webhook_delivery
         WHERE delivery_id = in_delivery_id)
