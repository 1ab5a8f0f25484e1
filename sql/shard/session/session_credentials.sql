-- session_credentials: what a sign-in is checked against: the accounts that an address may mean.
--
-- Parameters
--   in_email   VARCHAR(254)   normalised
-- Returns  one row: status INT, body JSON
--   200 {"accounts": [{"account_id": "…", "password_hash": "…", "name": "…"}], "elsewhere": "…"}: the one that has the
--       address first, then those that stand behind it, at most nine; elsewhere: an account of another slot has it, null
--       when there is none
-- Errors   none
-- Locks    none
-- Example  CALL session_credentials('a@example.org');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE session_credentials(in_email VARCHAR(254))
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'what a sign-in is checked against'
BEGIN
    SELECT 200 AS status,
           CONCAT('{"accounts": [',
                  COALESCE(GROUP_CONCAT(IF(a.account_id IS NULL, NULL,
                                           JSON_OBJECT('account_id', CAST(a.account_id AS CHAR),
                                                       'password_hash', a.password_hash, 'name', a.name))
                                        ORDER BY c.nth, c.created_at, c.account_id), ''),
                  '], "elsewhere": ',
                  COALESCE(CONCAT('"', MAX(IF(c.nth = 0 AND c.slot <> c.account_id & 255, c.account_id, NULL)), '"'), 'null'),
                  '}') AS body
      FROM (SELECT account_id, slot, created_at, 0 AS nth FROM login_claim WHERE email = in_email
             UNION ALL
            SELECT account_id, slot, created_at, 1 FROM login_rival WHERE email = in_email) c
      LEFT JOIN account a ON a.account_id = c.account_id AND a.deleted_at IS NULL AND c.slot = c.account_id & 255;
END
