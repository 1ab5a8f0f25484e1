-- webhook_done: how an attempt to deliver went. 2xx is delivered; else it is tried again, later and later, at last failed.
--
-- Parameters
--   in_endpoint_id  BIGINT         the endpoint
--   in_delivery_id  BIGINT         the delivery
--   in_claim        VARCHAR(32)    as it was claimed
--   in_status       BIGINT         HTTP status; 0: no answer
--   in_error        VARCHAR(200)   why there was none; NULL: there was
-- Returns  one row: status INT, body JSON
--   200 {"state": "delivered|pending|failed|lost", "endpoint": "enabled|disabled"}; lost: the lease had ended
-- Errors   none of its own
-- Locks    webhook (the row), then webhook_delivery (of the endpoint)
-- Example  CALL webhook_done(1281, 7, '0f3a…', 503, NULL);
--
-- Attempts after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h, a tenth more or less. An endpoint that says 410, or has failed
-- for five days without one success, is disabled.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE webhook_done(
    in_endpoint_id BIGINT,
    in_delivery_id BIGINT,
    in_claim       VARCHAR(32),
    in_status      BIGINT,
    in_error       VARCHAR(200)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'how an attempt to deliver went'
BEGIN
    DECLARE v_attempt, v_pause_s BIGINT;
    DECLARE v_state VARCHAR(16) DEFAULT 'lost';
    DECLARE v_endpoint VARCHAR(16);
    DECLARE v_good TINYINT DEFAULT in_status BETWEEN 200 AND 299;
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_error VARCHAR(200) DEFAULT IF(v_good, NULL, COALESCE(in_error, CONCAT('it answered ', in_status)));
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT MAX(endpoint_id) INTO in_endpoint_id FROM webhook WHERE endpoint_id = in_endpoint_id FOR UPDATE;
    SELECT MAX(attempts) + 1
      INTO v_attempt
      FROM webhook_delivery
     WHERE delivery_id = in_delivery_id AND endpoint_id = in_endpoint_id AND state = 'pending' AND claim = in_claim;
    IF v_attempt IS NOT NULL THEN
        SET v_pause_s = ELT(v_attempt, 5, 300, 1800, 7200, 18000, 36000, 36000);
        SET v_state = IF(v_good, 'delivered', IF(v_pause_s IS NULL, 'failed', 'pending'));
        UPDATE webhook_delivery
           SET state = v_state, attempts = v_attempt, claim = NULL, last_status = in_status, last_error = v_error,
               last_at = v_now, due_at = v_now + INTERVAL COALESCE(v_pause_s * (900 + FLOOR(RAND() * 201)), 0) * 1000 MICROSECOND
         WHERE delivery_id = in_delivery_id;
        UPDATE webhook
           SET failing_since = IF(v_good, NULL, COALESCE(failing_since, v_now))
         WHERE endpoint_id = in_endpoint_id;
        UPDATE webhook
           SET state = 'disabled',
               disabled_reason = IF(in_status = 410, 'it answered 410 Gone',
                                    CONCAT('failing since ', rfc3339(failing_since), ', at last: ', v_error))
         WHERE endpoint_id = in_endpoint_id AND state = 'enabled' AND NOT v_good
           AND (in_status = 410 OR failing_since < v_now - INTERVAL 5 DAY);
        IF ROW_COUNT() > 0 THEN
            CALL webhook_give_up(in_endpoint_id);
        END IF;
    END IF;
    COMMIT;

    SELECT MAX(state) INTO v_endpoint FROM webhook WHERE endpoint_id = in_endpoint_id;
    SELECT 200 AS status, JSON_OBJECT('state', v_state, 'endpoint', v_endpoint) AS body;
END
