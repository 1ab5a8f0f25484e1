-- webhook_rotate: a new secret; for a while the old one signs too, so that the receiver can change over.
--
-- Parameters
--   in_endpoint_id  BIGINT         the endpoint
--   in_secret       VARCHAR(128)   the new secret
--   in_overlap_s    BIGINT         seconds the old one goes on signing, 0 … 604800
-- Returns  one row: status INT, body JSON, etag
--   200 as webhook_json, and "secret": shown here and never again
-- Errors   30004 not_found
-- Locks    webhook (the row)
-- Example  CALL webhook_rotate(1281, 'whsec_…', 86400);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE webhook_rotate(
    in_endpoint_id BIGINT,
    in_secret      VARCHAR(128),
    in_overlap_s   BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a new secret'
BEGIN
    DECLARE v_changed BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE webhook
       SET old_secret = secret, old_secret_until = UTC_TIMESTAMP(3) + INTERVAL in_overlap_s SECOND, version = version + 1
     WHERE endpoint_id = in_endpoint_id;
    SET v_changed = ROW_COUNT();
    UPDATE webhook SET secret = in_secret WHERE endpoint_id = in_endpoint_id;
    COMMIT;

    IF v_changed = 0 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such endpoint';
    END IF;
    SELECT 200 AS status, JSON_SET(webhook_json(in_endpoint_id), '$.secret', in_secret) AS body,
           (SELECT CONCAT('v', version) FROM webhook WHERE endpoint_id = in_endpoint_id) AS etag;
END
