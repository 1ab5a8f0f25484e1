-- account_change: changes what a person may change of the own account. A new address counts when the mail that goes there
-- has been answered; whether another account has it shows nowhere.
--
-- Parameters
--   in_account_id        BIGINT         the account (id)
--   in_mail_id           BIGINT         the mail (id) that goes to a new address
--   in_name              VARCHAR(100)   NULL: stays; empty: none
--   in_email             VARCHAR(254)   the new address, normalised; NULL: stays
--   in_password_hash     VARCHAR(128)   the password again, with the salt of that address; NULL with it
--   in_if_match          BIGINT         version the change is meant for; NULL: any
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of the request's body
-- Returns  one row: status INT, body JSON, etag
--   200 the account, as account_get
-- Errors   30004 not_found · 30013 precondition.failed · 30014 conflict: a change of address is being carried out · 30021 · 30022
-- Locks    slot_owner (shared), idempotency, account, claim_move, account_token, mail
-- Example  CALL account_change(171798691840, 171798691841, 'Ann', NULL, NULL, 1, NULL, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE account_change(
    in_account_id      BIGINT,
    in_mail_id         BIGINT,
    in_name            VARCHAR(100),
    in_email           VARCHAR(254),
    in_password_hash   VARCHAR(128),
    in_if_match        BIGINT,
    in_idempotency_key VARCHAR(255),
    in_body_hash       VARBINARY(32)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'changes an account'
change_account: BEGIN
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_account_id);
    CALL idempotency_claim(in_account_id, 'account_change', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NOT NULL THEN
        COMMIT;
        SELECT v_status AS status, v_body AS body, v_etag AS etag;
        LEAVE change_account;
    END IF;

    UPDATE account
       SET name = COALESCE(in_name, name), version = version + 1, changed_at = UTC_TIMESTAMP(3)
     WHERE account_id = in_account_id AND deleted_at IS NULL AND (in_if_match IS NULL OR version = in_if_match);
    IF ROW_COUNT() = 0 AND EXISTS (SELECT 1 FROM account WHERE account_id = in_account_id AND deleted_at IS NULL) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30013, MESSAGE_TEXT = 'precondition.failed';
    END IF;
    IF in_email IS NOT NULL THEN
        CALL claim_move_ask(in_account_id, in_mail_id, in_email, in_password_hash);
    END IF;
    SET v_body = account_json(in_account_id);
    IF v_body IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;

    SET v_etag = CONCAT('v', JSON_VALUE(v_body, '$.version'));
    CALL idempotency_store(in_account_id, 'account_change', in_idempotency_key, 200, v_body, v_etag);
    COMMIT;

    SELECT 200 AS status, v_body AS body, v_etag AS etag;
END
