-- account_find: whose an e-mail address is; for operators.
--
-- Parameters
--   in_email   VARCHAR(254)   normalised
-- Returns  one row: status INT, body JSON
--   200 {"account_id": "…"}
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL account_find('a@example.org');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE account_find(in_email VARCHAR(254))
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'account of an e-mail address'
BEGIN
    DECLARE v_account_id BIGINT DEFAULT (SELECT account_id FROM login_claim WHERE email = in_email);

    IF v_account_id IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;

    SELECT 200 AS status, JSON_OBJECT('account_id', CAST(v_account_id AS CHAR)) AS body;
END
