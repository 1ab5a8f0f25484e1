-- claim_move_ask: a person wants another address: a mail goes there. The address the account has takes the wish back.
--
-- Parameters
--   in_account_id      BIGINT         the account (id); its row is locked
--   in_mail_id         BIGINT         the mail (id)
--   in_email           VARCHAR(254)   the new address, normalised
--   in_password_hash   VARCHAR(128)   the password again, with the salt of that address
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30014 conflict: a change of address is being carried out
-- Locks    claim_move (the row), account_token (of the account), mail
-- Example  CALL claim_move_ask(171798691840, 171798691841, 'b@example.org', '$argon2id$…');
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE claim_move_ask(
    in_account_id    BIGINT,
    in_mail_id       BIGINT,
    in_email         VARCHAR(254),
    in_password_hash VARCHAR(128)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'asks for another address'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);

    DELETE FROM claim_move WHERE account_id = in_account_id AND state = 'asked';
    IF EXISTS (SELECT 1 FROM claim_move WHERE account_id = in_account_id FOR UPDATE) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30014, MESSAGE_TEXT = 'conflict: a change of address is being carried out';
    END IF;
    UPDATE account_token SET used_at = v_now WHERE account_id = in_account_id AND purpose = 'change' AND used_at IS NULL;

    INSERT INTO claim_move (account_id, state, old_email, new_email, password_hash, changed_at)
    SELECT account_id, 'asked', email, in_email, in_password_hash, v_now
      FROM account
     WHERE account_id = in_account_id AND email <> in_email;
    IF ROW_COUNT() = 1 THEN
        INSERT INTO mail (mail_id, kind, urgent, account_id, email, data, state, due_at, created_at)
        VALUES (in_mail_id, 'email_change', 1, in_account_id, in_email, '{}', 'pending', v_now, v_now);
    END IF;
END
