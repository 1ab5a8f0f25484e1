-- return_refuse: says why a transition of a return did not happen.
--
-- Parameters
--   in_return_id    BIGINT   the return
--   in_if_match     BIGINT   version the caller saw; NULL: any
-- Returns  never: it always signals; called by the routine whose guarded UPDATE found no row
-- Errors   30004 not_found · 30013 precondition.failed · 31004 return.state: <state>
-- Locks    none
-- Example  CALL return_refuse(6001, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE return_refuse(in_return_id BIGINT, in_if_match BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'why a transition did not happen'
BEGIN
    DECLARE v_state VARCHAR(12);
    DECLARE v_version BIGINT;
    DECLARE v_message VARCHAR(128);

    SELECT state, version INTO v_state, v_version FROM order_return WHERE return_id = in_return_id;
    IF v_state IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found: there is no such return';
    ELSEIF v_version <> in_if_match THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30013, MESSAGE_TEXT = 'precondition.failed';
    END IF;
    SET v_message = CONCAT('return.state: the return is ', v_state);
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 31004, MESSAGE_TEXT = v_message;
END
