-- audit_claims: do those who stand behind an address stand behind somebody else? And all who have an address or would like it,
-- to be compared with the accounts.
--
-- Parameters
--   in_after        BIGINT   account_id after which to begin; 0: at the start
--   in_limit        BIGINT   claims to look at, 1 … 5,000
-- Returns  one row: status INT, body JSON
--   200 {"examined": n, "next": account_id or null at the end, "violations": [{"rule": "rival", "key", …}], at most 100 of them,
--   "items": [{"account_id", "email"}]}
--   rival: an account stands behind an address that nobody has, or that it has itself
-- Errors   none
-- Locks    none; one statement looks at everything, so that what happens meanwhile cannot look wrong
-- Example  CALL audit_claims(0, 1000);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE audit_claims(in_after BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'who claims addresses'
BEGIN
    DECLARE v_items, v_claims LONGTEXT;
    DECLARE v_to, v_n BIGINT;

    SELECT COALESCE(MAX(c.account_id), in_after), COUNT(*) INTO v_to, v_n
      FROM (SELECT u.account_id
              FROM ((SELECT account_id FROM login_claim WHERE account_id > in_after ORDER BY account_id LIMIT in_limit)
                    UNION ALL
                    (SELECT account_id FROM login_rival WHERE account_id > in_after ORDER BY account_id LIMIT in_limit)) u
             ORDER BY u.account_id
             LIMIT in_limit) c;
    IF v_n < in_limit THEN
        SET v_to = 9223372036854775807;
    END IF;

    SELECT GROUP_CONCAT(JSON_OBJECT('account_id', CAST(c.account_id AS CHAR), 'email', c.email)),
           GROUP_CONCAT(IF(c.wrong, JSON_OBJECT('rule', 'rival', 'key', CAST(c.account_id AS CHAR),
                                                'account_id', CAST(c.account_id AS CHAR)), NULL))
      INTO v_claims, v_items
      FROM (SELECT account_id, email, 0 AS wrong FROM login_claim WHERE account_id > in_after AND account_id <= v_to
             UNION ALL
            SELECT r.account_id, r.email, NOT COALESCE(l.account_id, r.account_id) <> r.account_id
              FROM login_rival r
              LEFT JOIN login_claim l ON l.email = r.email
             WHERE r.account_id > in_after AND r.account_id <= v_to) c;

    SELECT 200 AS status,
           CONCAT('{"examined": ', v_n, ', "next": ', IF(v_n < in_limit, 'null', CONCAT('"', v_to, '"')),
                  ', "violations": [', COALESCE(v_items, ''), '], "items": [', COALESCE(v_claims, ''), ']}') AS body;
END
