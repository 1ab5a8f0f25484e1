-- staff_list: everybody who was granted a role, by account.
--
-- Parameters
--   in_after   BIGINT   the last account of the part before; 0 at first
--   in_limit   BIGINT   accounts at most, 1 … 1000
-- Returns  one row: status INT, body JSON
--   200 {"items": [{"account_id": "…", "roles": ["admin", …]}, …]}
-- Errors   none of its own
-- Locks    none
-- Example  CALL staff_list(0, 100);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE staff_list(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'accounts with roles'
SELECT 200 AS status, CONCAT('{"items":[', COALESCE(GROUP_CONCAT(item ORDER BY account_id), ''), ']}') AS body
  FROM (SELECT account_id,
               CONCAT('{"account_id":"', account_id, '","roles":[', GROUP_CONCAT(JSON_QUOTE(role) ORDER BY role), ']}') AS item
          FROM role_grant
         WHERE account_id > in_after
         GROUP BY account_id
         ORDER BY account_id
         LIMIT in_limit) AS staff
