-- account_verify: takes a token that came by mail to the account's address: its owner reads mail there.
--
-- Parameters
--   in_account_id   BIGINT         the account (id), out of the token
--   in_token_id     BIGINT         the token's number
--   in_hash         VARBINARY(32)  SHA-256 of the token
-- Returns  one row: status INT, body JSON
--   200 {"email": "…", "email_verified": true}
--   202 the same, for another address than the account has: the caller carries the change out (claim_move_next)
-- Errors   30101 account.email_taken · 30103 account.token_invalid
-- Locks    slot_owner (shared), account_token, login_claim, login_rival, account, claim_move
-- Example  CALL account_verify(171798691840, 171798691841, UNHEX('…'));
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE account_verify(
    in_account_id BIGINT,
    in_token_id   BIGINT,
    in_hash       VARBINARY(32)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'verifies an address'
BEGIN
    DECLARE v_purpose VARCHAR(16);
    DECLARE v_email VARCHAR(254);

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_account_id);
    CALL account_token_use(in_account_id, in_token_id, in_hash, 'verify,change', v_purpose, v_email);
    IF v_purpose = 'verify' THEN
        CALL login_claim_prove(v_email, in_account_id);
    ELSE
        UPDATE claim_move
           SET state = 'confirmed', changed_at = UTC_TIMESTAMP(3)
         WHERE account_id = in_account_id AND state = 'asked' AND new_email = v_email;
        IF ROW_COUNT() <> 1 THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30103, MESSAGE_TEXT = 'account.token_invalid';
        END IF;
    END IF;
    COMMIT;

    SELECT IF(v_purpose = 'verify', 200, 202) AS status, CONCAT('{"email": ', JSON_QUOTE(v_email), ', "email_verified": true}') AS body;
END
