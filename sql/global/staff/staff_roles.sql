-- staff_roles: what one account was granted; nothing for most.
--
-- Parameters
--   in_account_id   BIGINT   the account (id)
-- Returns  one row: status INT, body JSON
--   200 {"roles": ["admin", …]}
-- Errors   none of its own
-- Locks    none
-- Example  CALL staff_roles(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE staff_roles(in_account_id BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'roles of one account'
SELECT 200 AS status,
       CONCAT('{"roles":[', COALESCE(GROUP_CONCAT(JSON_QUOTE(role) ORDER BY role), ''), ']}') AS body
  FROM role_grant
 WHERE account_id = in_account_id
