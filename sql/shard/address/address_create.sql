-- address_create: adds an address. The first one is the default, a later one when it says so.
--
-- Parameters
--   in_account_id        BIGINT         whose (id)
--   in_address_id        BIGINT         its id, made in the account's slot
--   in_name              VARCHAR(100)   who receives
--   in_phone             VARCHAR(40)    NULL: none
--   in_country           VARCHAR(2)     ISO 3166-1 alpha-2
--   in_region            VARCHAR(100)   NULL: none
--   in_city              VARCHAR(100)
--   in_line1             VARCHAR(200)
--   in_line2             VARCHAR(200)   NULL: none
--   in_postal_code       VARCHAR(20)    NULL: none
--   in_is_default        TINYINT        1: it becomes the default; NULL, 0: only when it is the first
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of the request's body
-- Returns  one row: status INT, body JSON, etag, location
--   201 the address, as address_json
-- Errors   30003 request.invalid: country · 30004 not_found (no such account) · 30102 address.limit (50) · 30021 · 30022
-- Locks    slot_owner (shared), idempotency, account, address
-- Example  CALL address_create(171798691840, 171798691842, 'Ann', NULL, 'FR', NULL, 'Paris', '1 rue X', NULL, NULL, 1, NULL, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE address_create(
    in_account_id      BIGINT,
    in_address_id      BIGINT,
    in_name            VARCHAR(100),
    in_phone           VARCHAR(40),
    in_country         VARCHAR(2),
    in_region          VARCHAR(100),
    in_city            VARCHAR(100),
    in_line1           VARCHAR(200),
    in_line2           VARCHAR(200),
    in_postal_code     VARCHAR(20),
    in_is_default      TINYINT,
    in_idempotency_key VARCHAR(255),
    in_body_hash       VARBINARY(32)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'adds an address'
create_address: BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_account_id, v_default_id BIGINT;
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE v_location VARCHAR(64) DEFAULT CONCAT('/v1/me/addresses/', in_address_id);

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF in_country NOT REGEXP '^[A-Za-z]{2}$' THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: country: two letters, ISO 3166-1';
    END IF;

    START TRANSACTION;
    CALL slot_check(in_account_id);
    CALL idempotency_claim(in_account_id, 'address_create', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NOT NULL THEN
        COMMIT;
        SELECT v_status AS status, v_body AS body, v_etag AS etag,
               CONCAT('/v1/me/addresses/', JSON_VALUE(v_body, '$.address_id')) AS location;
        LEAVE create_address;
    END IF;

    SELECT account_id, default_address_id INTO v_account_id, v_default_id
      FROM account WHERE account_id = in_account_id AND deleted_at IS NULL FOR UPDATE;
    IF v_account_id IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    IF (SELECT COUNT(*) FROM address WHERE account_id = in_account_id) >= 50 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30102, MESSAGE_TEXT = 'address.limit: 50';
    END IF;

    IF v_default_id IS NULL OR in_is_default = 1 THEN
        CALL address_default_set(in_account_id, v_default_id, in_address_id);
    END IF;
    INSERT INTO address (address_id, account_id, name, phone, country, region, city, line1, line2, postal_code,
                         created_at, changed_at)
    VALUES (in_address_id, in_account_id, in_name, COALESCE(in_phone, ''), UPPER(in_country), COALESCE(in_region, ''),
            in_city, in_line1, COALESCE(in_line2, ''), COALESCE(in_postal_code, ''), v_now, v_now);

    SET v_body = address_json(in_address_id);
    SET v_etag = CONCAT('v', JSON_VALUE(v_body, '$.version'));
    CALL idempotency_store(in_account_id, 'address_create', in_idempotency_key, 201, v_body, v_etag);
    COMMIT;

    SELECT 201 AS status, v_body AS body, v_etag AS etag, v_location AS location;
END
