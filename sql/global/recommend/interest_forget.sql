-- interest_forget: forgets what deleted accounts took an interest in. What they did is forgotten after a week by itself.
--
-- Parameters
--   in_accounts     LONGTEXT   JSON array of accounts (ids)
-- Returns  one row: status INT, body JSON
--   200 {}; the same again changes nothing
-- Errors   none of its own
-- Locks    interest (of the accounts)
-- Example  CALL interest_forget('["171798691840"]');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE interest_forget(in_accounts LONGTEXT)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'forgets the interests of accounts'
BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    DELETE i
      FROM interest i
      JOIN JSON_TABLE(in_accounts, '$[*]' COLUMNS (account_id BIGINT PATH '$')) j
        ON i.visitor = CONVERT(CONCAT('a', j.account_id) USING utf8mb4) COLLATE utf8mb4_bin;
    COMMIT;

    SELECT 200 AS status, '{}' AS body;
END
