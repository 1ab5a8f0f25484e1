-- shipping_method_get: a shipping method.
--
-- Parameters
--   in_shipping_method_id  BIGINT   which
-- Returns  one row: status INT, body JSON, etag
--   200 as shipping_method_json gives it
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL shipping_method_get(7);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE shipping_method_get(in_shipping_method_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'a shipping method'
BEGIN
    DECLARE v_version BIGINT DEFAULT (SELECT version FROM shipping_method WHERE shipping_method_id = in_shipping_method_id);

    IF v_version IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    SELECT 200 AS status, shipping_method_json(in_shipping_method_id) AS body, CONCAT('v', v_version) AS etag;
END
