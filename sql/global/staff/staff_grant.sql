-- staff_grant: lets an account do what a role may, from its next sign-in or refresh on.
--
-- Parameters
--   in_account_id   BIGINT        the account (id)
--   in_role         VARCHAR(16)   merchant, support, admin, ops
-- Returns  one row: status INT, body JSON
--   200 {"changed": true}, false when it had the role already
-- Errors   30003 request.invalid: role
-- Locks    role_grant (the row)
-- Example  CALL staff_grant(171798691840, 'merchant');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE staff_grant(in_account_id BIGINT, in_role VARCHAR(16))
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'grants a role'
BEGIN
    DECLARE v_changed INT;

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF in_account_id IS NULL OR in_role IS NULL OR in_role NOT IN ('merchant', 'support', 'admin', 'ops') THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: role';
    END IF;

    START TRANSACTION;
    INSERT IGNORE INTO role_grant (account_id, role, created_at) VALUES (in_account_id, LOWER(in_role), UTC_TIMESTAMP(3));
    SET v_changed = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('changed', JSON_EXTRACT(IF(v_changed > 0, 'true', 'false'), '$')) AS body;
END
