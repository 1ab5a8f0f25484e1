-- shipment_get: one parcel, for staff.
--
-- Parameters
--   in_shipment_id  BIGINT   the shipment
-- Returns  one row: status INT, body JSON, etag
--   200 the shipment as shipment_json
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL shipment_get(5678);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE shipment_get(in_shipment_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'one parcel'
BEGIN
    DECLARE v_version BIGINT;

    SELECT version INTO v_version FROM shipment WHERE shipment_id = in_shipment_id;
    IF v_version IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such shipment';
    END IF;
    SELECT 200 AS status, shipment_json(in_shipment_id) AS body, CONCAT('v', v_version) AS etag;
END
