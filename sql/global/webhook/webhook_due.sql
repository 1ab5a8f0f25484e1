-- webhook_due: the deliveries of the endpoint that has waited longest; they are the caller's until the lease ends.
--
-- Parameters
--   in_claim        VARCHAR(32)   made up by the caller for this call
--   in_lease_s      BIGINT        seconds after which another may try
--   in_limit        BIGINT        deliveries at most, 1 … 100
--   in_busy         LONGTEXT      JSON array of endpoints that have enough under way
-- Returns  one row: status INT, body JSON
--   200 {"endpoint_id": "…", "url": "…", "secrets": ["whsec_…"], "items": [{"delivery_id", "event_id", "body": "{…}"}]};
--   items is empty when nothing is due
-- Errors   none of its own
-- Locks    webhook_delivery (the rows claimed)
-- Example  CALL webhook_due('0f3a…', 20, 4, '[]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE webhook_due(
    in_claim   VARCHAR(32),
    in_lease_s BIGINT,
    in_limit   BIGINT,
    in_busy    LONGTEXT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'claims deliveries that are due'
BEGIN
    DECLARE v_endpoint_id BIGINT;
    DECLARE v_items LONGTEXT;
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT MIN(d.endpoint_id)
      INTO v_endpoint_id
      FROM (SELECT w.endpoint_id, webhook_waits_since(w.endpoint_id) AS due_at
              FROM webhook w
             WHERE w.state = 'enabled'
               AND w.endpoint_id NOT IN (SELECT b.endpoint_id
                                           FROM JSON_TABLE(in_busy, '$[*]' COLUMNS (endpoint_id BIGINT PATH '$')) b)
             ORDER BY due_at IS NULL, due_at
             LIMIT 1) d
     WHERE d.due_at <= v_now;
    UPDATE webhook_delivery FORCE INDEX (webhook_delivery_due)
       SET claim = in_claim, due_at = v_now + INTERVAL in_lease_s SECOND
     WHERE endpoint_id = v_endpoint_id AND state = 'pending' AND due_at <= v_now
     ORDER BY endpoint_id, state, due_at
     LIMIT in_limit;
    SELECT GROUP_CONCAT(JSON_OBJECT('delivery_id', CAST(delivery_id AS CHAR), 'event_id', event_id, 'body', body)
                        ORDER BY delivery_id)
      INTO v_items
      FROM webhook_delivery
     WHERE claim = in_claim AND state = 'pending';
    COMMIT;

    SELECT 200 AS status,
           CONCAT('{"endpoint_id": ', COALESCE(JSON_QUOTE(CAST(v_endpoint_id AS CHAR)), 'null'),
                  ', "url": ', COALESCE(JSON_QUOTE(MAX(url)), 'null'),
                  ', "secrets": [', COALESCE(GROUP_CONCAT(
                      CONCAT(JSON_QUOTE(secret), IF(old_secret_until > v_now, CONCAT(', ', JSON_QUOTE(old_secret)), ''))), ''),
                  '], "items": [', COALESCE(v_items, ''), ']}') AS body
      FROM webhook
     WHERE endpoint_id = v_endpoint_id;
END
