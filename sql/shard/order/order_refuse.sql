-- order_refuse: says why a transition of an order did not happen.
--
-- Parameters
--   in_account_id   BIGINT   whose order it must be; NULL: anybody's, for staff
--   in_order_id     BIGINT   the order
--   in_if_match     BIGINT   version the caller saw; NULL: any
-- Returns  never: it always signals; called by the routine whose guarded UPDATE found no row
-- Errors   30004 not_found · 30013 precondition.failed · 30506 order.state: <state>
-- Locks    none
-- Example  CALL order_refuse(640, 171798691840, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE order_refuse(
    in_account_id BIGINT, in_order_id BIGINT, in_if_match BIGINT
)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'why a transition did not happen'
BEGIN
    DECLARE v_state VARCHAR(20);
    DECLARE v_version BIGINT;
    DECLARE v_message VARCHAR(128);

    SELECT state, version INTO v_state, v_version
      FROM orders
     WHERE order_id = in_order_id AND account_id = COALESCE(in_account_id, account_id);
    IF v_state IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such order';
    ELSEIF v_version <> in_if_match THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30013, MESSAGE_TEXT = 'precondition.failed';
    END IF;
    SET v_message = CONCAT('order.state: the order is ', v_state);
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30506, MESSAGE_TEXT = v_message;
END
