-- account_create: opens an account. The answer is the same whether or not another account has the address.
--
-- Parameters
--   in_account_id        BIGINT         its id, made in the slot of the address
--   in_mail_id           BIGINT         id of the mail that goes to the address
--   in_email             VARCHAR(254)   normalised
--   in_password_hash     VARCHAR(128)   argon2id, with salt and parameters
--   in_name              VARCHAR(100)   NULL: none
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of the request's body
-- Returns  one row: status INT, body JSON, etag, location
--   201 the account, as account_json
-- Errors   30021 · 30022
-- Locks    slot_owner (shared), idempotency, account, login_claim, login_rival, mail
-- Example  CALL account_create(171798691840, 171798691841, 'a@example.org', '$argon2id$…', 'Ann', NULL, NULL);
--
-- There is no account yet whose idempotency record this could be: it goes under the number of the slot, its key hashed
-- with the address, so that strangers who think of the same key do not meet.
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE account_create(
    in_account_id      BIGINT,
    in_mail_id         BIGINT,
    in_email           VARCHAR(254),
    in_password_hash   VARCHAR(128),
    in_name            VARCHAR(100),
    in_idempotency_key VARCHAR(255),
    in_body_hash       VARBINARY(32)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'opens an account'
create_account: BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_slot BIGINT DEFAULT in_account_id & 255;
    DECLARE v_key VARCHAR(255) DEFAULT SHA2(CONCAT(in_email, ' ', in_idempotency_key), 256);
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_account_id);
    CALL idempotency_claim(v_slot, 'account_create', v_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NOT NULL THEN
        COMMIT;
        SELECT v_status AS status, v_body AS body, v_etag AS etag, '/v1/me' AS location;
        LEAVE create_account;
    END IF;

    INSERT INTO account (account_id, email, password_hash, name, created_at, changed_at)
    VALUES (in_account_id, in_email, in_password_hash, COALESCE(in_name, ''), v_now, v_now);
    CALL login_claim_want(in_email, in_account_id, v_slot);
    CALL mail_verification(in_mail_id, in_account_id);

    SET v_body = account_json(in_account_id);
    CALL idempotency_store(v_slot, 'account_create', v_key, 201, v_body, 'v1');
    COMMIT;

    SELECT 201 AS status, v_body AS body, 'v1' AS etag, '/v1/me' AS location;
END
