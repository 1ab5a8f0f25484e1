-- webhook_delete: an endpoint and all its deliveries are gone.
--
-- Parameters
--   in_endpoint_id  BIGINT   the endpoint
--   in_if_match     BIGINT   version the removal is meant for; NULL: any
-- Returns  one row: status INT, body JSON
--   204
-- Errors   30004 not_found · 30013 precondition.failed
-- Locks    webhook (the row), webhook_topic, webhook_delivery (of the endpoint)
-- Example  CALL webhook_delete(1281, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE webhook_delete(
    in_endpoint_id BIGINT,
    in_if_match    BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'removes an endpoint'
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
    DELETE FROM webhook_delivery WHERE endpoint_id = in_endpoint_id;
    DELETE FROM webhook_topic WHERE endpoint_id = in_endpoint_id;
    DELETE FROM webhook WHERE endpoint_id = in_endpoint_id;
    COMMIT;

    SELECT 204 AS status, NULL AS body;
END
