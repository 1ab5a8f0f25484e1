-- webhook_change: changes the given parts of an endpoint, stops it, or lets it go on.
--
-- Parameters
--   in_endpoint_id  BIGINT         the endpoint
--   in_url          VARCHAR(500)   NULL: stays; checked by the caller
--   in_events       LONGTEXT       JSON array of texts; NULL: stays
--   in_description  VARCHAR(200)   NULL: stays; empty: none
--   in_state        VARCHAR(16)    enabled, disabled; NULL: stays
--   in_if_match     BIGINT         version the change is meant for; NULL: any
-- Returns  one row: status INT, body JSON, etag
--   200 as webhook_json
-- Errors   30003 request.invalid: events · 30004 not_found · 30013 precondition.failed
-- Locks    webhook (the row), webhook_topic, webhook_delivery (of the endpoint)
-- Example  CALL webhook_change(1281, NULL, NULL, NULL, 'disabled', NULL);
--
-- A disabled endpoint is told of nothing; what was waiting for it has failed and can be asked for again.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE webhook_change(
    in_endpoint_id BIGINT,
    in_url         VARCHAR(500),
    in_events      LONGTEXT,
    in_description VARCHAR(200),
    in_state       VARCHAR(16),
    in_if_match    BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'changes an endpoint'
BEGIN
    DECLARE v_version BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT MAX(version) INTO v_version FROM webhook WHERE endpoint_id = in_endpoint_id FOR UPDATE;
    IF v_version IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such endpoint';
    ELSEIF in_if_match <> v_version THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30013, MESSAGE_TEXT = 'precondition.failed: it was changed in the meantime';
    END IF;

    UPDATE webhook
       SET url = COALESCE(in_url, url),
           description = IF(in_description IS NULL, description, NULLIF(in_description, '')),
           disabled_reason = IF(in_state IS NULL, disabled_reason, NULL),
           failing_since = IF(in_state = 'enabled', NULL, failing_since),
           state = COALESCE(in_state, state), version = version + 1
     WHERE endpoint_id = in_endpoint_id;
    IF in_events IS NOT NULL THEN
        CALL webhook_topics_set(in_endpoint_id, in_events);
    END IF;
    IF in_state = 'disabled' THEN
        CALL webhook_give_up(in_endpoint_id);
    END IF;
    COMMIT;

    SELECT 200 AS status, webhook_json(in_endpoint_id) AS body, CONCAT('v', v_version + 1) AS etag;
END
