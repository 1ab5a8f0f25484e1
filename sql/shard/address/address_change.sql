-- address_change: changes the given parts of an address, or makes it the default.
--
-- Parameters
--   in_account_id        BIGINT         whose (id)
--   in_address_id        BIGINT         the address (id)
--   in_name … in_postal_code            as address_create; NULL: stays; empty: none
--   in_is_default        TINYINT        1: it becomes the default; 0 on the default is refused: make another one the default
--   in_if_match          BIGINT         version the change is meant for; NULL: any
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of the request's body
-- Returns  one row: status INT, body JSON, etag
--   200 the address, as address_json
-- Errors   30003 request.invalid: country, is_default · 30004 not_found (or somebody else's) · 30013 precondition.failed ·
--          30021 · 30022
-- Locks    slot_owner (shared), idempotency, account, address
-- Example  CALL address_change(171798691840, 171798691842, NULL, NULL, NULL, NULL, 'Lyon', NULL, NULL, NULL, 1, NULL, NULL, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE address_change(
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
    in_if_match        BIGINT,
    in_idempotency_key VARCHAR(255),
    in_body_hash       VARBINARY(32)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'changes an address'
change_address: BEGIN
    DECLARE v_default_id BIGINT;
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF in_country NOT REGEXP '^[A-Za-z]{2}$' THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: country: two letters, ISO 3166-1';
    END IF;

    START TRANSACTION;
    CALL slot_check(in_account_id);
    CALL idempotency_claim(in_account_id, 'address_change', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NOT NULL THEN
        COMMIT;
        SELECT v_status AS status, v_body AS body, v_etag AS etag;
        LEAVE change_address;
    END IF;

    CALL address_lock(in_account_id, in_address_id, in_if_match, v_default_id);
    IF in_is_default = 0 AND v_default_id = in_address_id THEN
        SIGNAL SQLSTATE '45000'
            SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: is_default: make another address the default instead';
    END IF;

    UPDATE address
       SET name = COALESCE(in_name, name), phone = COALESCE(in_phone, phone),
           country = COALESCE(UPPER(in_country), country), region = COALESCE(in_region, region),
           city = COALESCE(in_city, city), line1 = COALESCE(in_line1, line1), line2 = COALESCE(in_line2, line2),
           postal_code = COALESCE(in_postal_code, postal_code), version = version + 1, changed_at = UTC_TIMESTAMP(3)
     WHERE address_id = in_address_id AND account_id = in_account_id;
    IF in_is_default = 1 AND v_default_id <> in_address_id THEN
        CALL address_default_set(in_account_id, v_default_id, in_address_id);
    END IF;

    SET v_body = address_json(in_address_id);
    SET v_etag = CONCAT('v', JSON_VALUE(v_body, '$.version'));
    CALL idempotency_store(in_account_id, 'address_change', in_idempotency_key, 200, v_body, v_etag);
    COMMIT;

    SELECT 200 AS status, v_body AS body, v_etag AS etag;
END
