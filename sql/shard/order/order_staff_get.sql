-- order_staff_get: any order, for staff.
--
-- Parameters
--   in_order_id     BIGINT   the order
-- Returns  one row: status INT, body JSON, etag
--   200 the order as order_staff_json
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL order_staff_get(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_staff_get(in_order_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'an order for staff'
BEGIN
    DECLARE v_version INT;

    SELECT version INTO v_version FROM orders WHERE order_id = in_order_id;
    IF v_version IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such order';
    END IF;
    SELECT 200 AS status, order_staff_json(in_order_id) AS body, CONCAT('v', v_version) AS etag;
END
