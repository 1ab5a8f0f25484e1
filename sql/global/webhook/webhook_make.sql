-- webhook_make: from now on this address is told of what happens.
--
-- Parameters
--   in_endpoint_id, in_account_id, in_idempotency_key, in_body_hash  a new id; whose request it is, and under which key
--   in_url          VARCHAR(500)   checked by the caller
--   in_events       LONGTEXT       JSON array of texts: order.paid, order.* or *
--   in_description  VARCHAR(200)   NULL: none
--   in_secret       VARCHAR(128)   whsec_ and base64
-- Returns  one row: status INT, body JSON, etag, location
--   201 the endpoint, as webhook_json, and "secret": shown here, to who repeats this under its key, and never again
-- Errors   30003 request.invalid: events · 30801 webhook.limit · 30021 idempotency.mismatch · 30022 idempotency.in_progress
-- Locks    idempotency, then webhook (the new row), webhook_topic
-- Example  CALL webhook_make(1281, 640, NULL, NULL, 'https://example.com/hook', '["order.*"]', NULL, 'whsec_…');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE webhook_make(
    in_endpoint_id BIGINT, in_account_id BIGINT, in_idempotency_key VARCHAR(255), in_body_hash VARBINARY(32),
    in_url VARCHAR(500), in_events LONGTEXT, in_description VARCHAR(200), in_secret VARCHAR(128)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a new endpoint'
BEGIN
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'webhook_make', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        INSERT INTO webhook (endpoint_id, url, description, secret, state, version, created_at)
        VALUES (in_endpoint_id, in_url, NULLIF(in_description, ''), in_secret, 'enabled', 1, UTC_TIMESTAMP(3));
        CALL webhook_topics_set(in_endpoint_id, in_events);
        IF (SELECT COUNT(*) FROM webhook) > 100 THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30801, MESSAGE_TEXT = 'webhook.limit: 100 endpoints';
        END IF;
        SET v_status = 201, v_etag = 'v1',
            v_body = JSON_SET(webhook_json(in_endpoint_id), '$.secret', SHA2(in_secret, 256));
        CALL idempotency_store(in_account_id, 'webhook_make', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    SET v_body = webhook_secret_show(v_body);
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag,
           CONCAT('/v1/admin/webhooks/', JSON_UNQUOTE(JSON_EXTRACT(v_body, '$.endpoint_id'))) AS location;
END
