-- account_token_put: remembers a token that is about to be sent. The same one again changes nothing.
--
-- Parameters
--   in_token_id     BIGINT         number of the mail that carries it
--   in_account_id   BIGINT         whose account it opens
--   in_purpose      VARCHAR(16)    verify, reset, change
--   in_email        VARCHAR(254)   where it goes
--   in_hash         VARBINARY(32)  SHA-256 of the token
--   in_life_s       BIGINT         seconds it is good for
-- Returns  one row: status INT, body JSON
--   200 {}
-- Errors   30004 not_found: no such account, or it was deleted · 30015 slot.moved
-- Locks    slot_owner (shared), account_token (the row)
-- Example  CALL account_token_put(171798691841, 171798691840, 'verify', 'a@example.org', UNHEX('…'), 86400);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE account_token_put(
    in_token_id   BIGINT,
    in_account_id BIGINT,
    in_purpose    VARCHAR(16),
    in_email      VARCHAR(254),
    in_hash       VARBINARY(32),
    in_life_s     BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'remembers a token'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_account_id);
    IF NOT EXISTS (SELECT 1 FROM account WHERE account_id = in_account_id AND deleted_at IS NULL) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    INSERT INTO account_token (token_id, account_id, purpose, email, hash, expires_at, created_at)
    VALUES (in_token_id, in_account_id, in_purpose, in_email, in_hash, v_now + INTERVAL in_life_s SECOND, v_now)
    ON DUPLICATE KEY UPDATE token_id = account_token.token_id;
    COMMIT;

    SELECT 200 AS status, '{}' AS body;
END
