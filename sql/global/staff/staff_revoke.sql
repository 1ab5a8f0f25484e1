-- staff_revoke: takes a role away, from the next sign-in or refresh on (at the latest when the access token expires).
--
-- Parameters
--   in_account_id   BIGINT        the account (id)
--   in_role         VARCHAR(16)   merchant, support, admin, ops
-- Returns  one row: status INT, body JSON
--   200 {"changed": true}, false when it did not have the role
-- Errors   none of its own
-- Locks    role_grant (the row)
-- Example  CALL staff_revoke(171798691840, 'merchant');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE staff_revoke(in_account_id BIGINT, in_role VARCHAR(16))
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'takes a role away'
BEGIN
    DECLARE v_changed INT;

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    DELETE FROM role_grant WHERE account_id = in_account_id AND role = in_role;
    SET v_changed = ROW_COUNT();
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('changed', JSON_EXTRACT(IF(v_changed > 0, 'true', 'false'), '$')) AS body;
END
