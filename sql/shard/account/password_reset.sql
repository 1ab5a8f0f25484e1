-- password_reset: gives an account a new password against a token that came by mail, and ends all its sessions.
--
-- Parameters
--   in_account_id      BIGINT         the account (id), out of the token
--   in_token_id        BIGINT         the token's number
--   in_hash            VARBINARY(32)  SHA-256 of the token
--   in_mail_id         BIGINT         the mail (id) that tells the owner
--   in_email           VARCHAR(254)   the account's address, which the salt of the hash is made of
--   in_password_hash   VARCHAR(128)   argon2id, with salt and parameters
-- Returns  one row: status INT, body JSON
--   200 {"email": "…"}
-- Errors   30014 conflict: a change of address is being carried out · 30101 account.email_taken · 30103 account.token_invalid
-- Locks    slot_owner (shared), account_token, login_claim, login_rival, account, session_family, claim_move, mail
-- Example  CALL password_reset(171798691840, 171798691841, UNHEX('…'), 171798691842, 'a@example.org', '$argon2id$…');
--
-- A wish for another address is forgotten. Who reads the mail has proved the address. An address of another slot was proved when it was changed to.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE password_reset(
    in_account_id    BIGINT,
    in_token_id      BIGINT,
    in_hash          VARBINARY(32),
    in_mail_id       BIGINT,
    in_email         VARCHAR(254),
    in_password_hash VARCHAR(128)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'replaces a forgotten password'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_purpose VARCHAR(16);
    DECLARE v_email VARCHAR(254);

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_account_id);
    CALL account_token_use(in_account_id, in_token_id, in_hash, 'reset', v_purpose, v_email);
    UPDATE account
       SET password_hash = in_password_hash, version = version + 1, changed_at = v_now
     WHERE account_id = in_account_id AND email = in_email AND email = v_email AND deleted_at IS NULL;
    IF ROW_COUNT() <> 1 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30103, MESSAGE_TEXT = 'account.token_invalid';
    END IF;
    IF EXISTS (SELECT 1 FROM account WHERE account_id = in_account_id AND email_verified_at IS NULL) THEN
        CALL login_claim_prove(v_email, in_account_id);
    END IF;
    CALL session_end_all(in_account_id);
    DELETE FROM claim_move WHERE account_id = in_account_id AND state = 'asked';
    IF EXISTS (SELECT 1 FROM claim_move WHERE account_id = in_account_id AND state = 'confirmed' FOR UPDATE) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30014, MESSAGE_TEXT = 'conflict: a change of address is being carried out';
    END IF;
    UPDATE account_token SET used_at = v_now WHERE account_id = in_account_id AND used_at IS NULL;
    INSERT INTO mail (mail_id, kind, urgent, account_id, email, data, state, due_at, created_at)
    VALUES (in_mail_id, 'password_changed', 1, in_account_id, v_email, '{}', 'pending', v_now, v_now);
    COMMIT;

    SELECT 200 AS status, CONCAT('{"email": ', JSON_QUOTE(v_email), '}') AS body;
END
