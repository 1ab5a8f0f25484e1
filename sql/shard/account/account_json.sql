-- account_json: an account as its owner sees it.
--
-- Parameters
--   in_account_id   BIGINT   the account (id)
-- Returns  LONGTEXT: {"account_id", "email", "email_verified", "pending_email", "name", "created_at", "version"}, NULL when there is none or
--          it was deleted
-- Errors   none
-- Locks    none
-- Example  SELECT account_json(171798691840);
CREATE DEFINER = 'souk_definer'@'localhost' FUNCTION account_json(in_account_id BIGINT)
RETURNS LONGTEXT CHARACTER SET utf8mb4
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'an account as JSON'
RETURN (SELECT CONCAT('{"account_id": "', account_id, '", "email": ', JSON_QUOTE(email), ', "email_verified": ',
                      IF(email_verified_at IS NULL, 'false', 'true'), ', "pending_email": ',
                      COALESCE((SELECT JSON_QUOTE(m.new_email)
                                  FROM claim_move m
                                 WHERE m.account_id = in_account_id AND m.state <> 'applied'), 'null'), ', "name": ', JSON_QUOTE(name), ', "created_at": "',
                      rfc3339(created_at), '", "version": ', version, '}')
          FROM account
         WHERE account_id = in_account_id AND deleted_at IS NULL)
