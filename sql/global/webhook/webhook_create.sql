-- webhook_create: from now on this address is told of what happens.
--
-- Parameters
--   in_endpoint_id  BIGINT         new id
--   in_url          VARCHAR(500)   checked by the caller
--   in_events       LONGTEXT       JSON array of texts: order.paid, order.* or *
--   in_description  VARCHAR(200)   NULL: none
--   in_secret       VARCHAR(128)   whsec_ and base64
-- Returns  one row: status INT, body JSON, etag, location
--   201 the endpoint, as webhook_json, and "secret": shown here and never again
-- Errors   30003 request.invalid: events · 30801 webhook.limit
-- Locks    webhook (the new row), webhook_topic
-- Example  CALL webhook_create(1281, 'https://example.com/hook', '["order.*"]', NULL, 'whsec_…');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE webhook_create(
    in_endpoint_id BIGINT,
    in_url         VARCHAR(500),
    in_events      LONGTEXT,
    in_description VARCHAR(200),
    in_secret      VARCHAR(128)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a new endpoint'
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    INSERT INTO webhook (endpoint_id, url, description, secret, state, version, created_at)
    VALUES (in_endpoint_id, in_url, NULLIF(in_description, ''), in_secret, 'enabled', 1, UTC_TIMESTAMP(3));
    CALL webhook_topics_set(in_endpoint_id, in_events);
    IF (SELECT COUNT(*) FROM webhook) > 100 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30801, MESSAGE_TEXT = 'webhook.limit: 100 endpoints';
    END IF;
    COMMIT;

    SELECT 201 AS status, JSON_SET(webhook_json(in_endpoint_id), '$.secret', in_secret) AS body, 'v1' AS etag,
           CONCAT('/v1/admin/webhooks/', in_endpoint_id) AS location;
END
