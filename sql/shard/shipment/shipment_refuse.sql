-- shipment_refuse: says why a transition of a shipment did not happen.
--
-- Parameters
--   in_shipment_id  BIGINT   the shipment
--   in_if_match     BIGINT   version the caller saw; NULL: any
-- Returns  never: it always signals; called by the routine whose guarded UPDATE found no row
-- Errors   30004 not_found · 30013 precondition.failed · 31002 shipment.state: <state>
-- Locks    none
-- Example  CALL shipment_refuse(5678, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE shipment_refuse(in_shipment_id BIGINT, in_if_match BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'why a transition did not happen'
BEGIN
    DECLARE v_state VARCHAR(12);
    DECLARE v_version BIGINT;
    DECLARE v_message VARCHAR(128);

    SELECT state, version INTO v_state, v_version FROM shipment WHERE shipment_id = in_shipment_id;
    IF v_state IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such shipment';
    ELSEIF v_version <> in_if_match THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30013, MESSAGE_TEXT = 'precondition.failed';
    END IF;
    SET v_message = CONCAT('shipment.state: the shipment is ', v_state);
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 31002, MESSAGE_TEXT = v_message;
END
