-- audit_accounts: the accounts of this shard with their addresses, to be compared with who claims those.
--
-- Parameters
--   in_after        BIGINT   account_id after which to begin; 0: at the start
--   in_limit        BIGINT   accounts to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": account_id or null at the end, "violations": [], "items": [{"account_id", "email", "proved": 1 or 0}]}
-- Errors   none
-- Locks    none
-- Example  CALL audit_accounts(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_accounts(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'accounts and their addresses'
SELECT 200 AS status,
       CONCAT('{"examined": ', COUNT(*), ', "next": ', IF(COUNT(*) < in_limit, 'null', CONCAT('"', MAX(a.account_id), '"')),
              ', "violations": [], "items": [',
              COALESCE(GROUP_CONCAT(IF(a.deleted_at IS NULL, JSON_OBJECT('account_id', CAST(a.account_id AS CHAR), 'email', a.email,
                                                                         'proved', IF(a.email_verified_at IS NULL, 0, 1)), NULL)), ''),
              ']}') AS body
  FROM (SELECT account_id, email, email_verified_at, deleted_at
          FROM account
         WHERE account_id > in_after
         ORDER BY account_id
         LIMIT in_limit) a
