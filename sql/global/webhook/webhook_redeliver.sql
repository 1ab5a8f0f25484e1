-- webhook_redeliver: a delivery is made once more, however it ended, with the same id and body.
--
-- Parameters
--   in_delivery_id  BIGINT   the delivery
-- Returns  one row: status INT, body JSON
--   202 as webhook_delivery_json
-- Errors   30004 not_found · 30802 webhook.disabled
-- Locks    webhook (the row), then webhook_delivery (the row)
-- Example  CALL webhook_redeliver(7);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE webhook_redeliver(in_delivery_id BIGINT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'makes a delivery once more'
BEGIN
    DECLARE v_state VARCHAR(16);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT MAX(w.state)
      INTO v_state
      FROM webhook w
      JOIN webhook_delivery d ON d.endpoint_id = w.endpoint_id
     WHERE d.delivery_id = in_delivery_id
       FOR UPDATE;
    IF v_state IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such delivery';
    ELSEIF v_state <> 'enabled' THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30802, MESSAGE_TEXT = 'webhook.disabled: enable the endpoint first';
    END IF;
    UPDATE webhook_delivery
       SET state = 'pending', attempts = 0, claim = NULL, due_at = UTC_TIMESTAMP(3)
     WHERE delivery_id = in_delivery_id;
    COMMIT;

    SELECT 202 AS status, webhook_delivery_json(in_delivery_id) AS body;
END
