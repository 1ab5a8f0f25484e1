-- address_delete: removes an address; when it was the default, the newest of the others is from now on.
--
-- Parameters
--   in_account_id        BIGINT         whose (id)
--   in_address_id        BIGINT         the address (id)
--   in_if_match          BIGINT         version that is meant; NULL: any
--   in_idempotency_key   VARCHAR(255)   NULL: none
--   in_body_hash         VARBINARY(32)  SHA-256 of the request's body
-- Returns  one row: status INT, body NULL
--   204
-- Errors   30004 not_found (or somebody else's) · 30013 precondition.failed · 30021 · 30022
-- Locks    slot_owner (shared), idempotency, account, address
-- Example  CALL address_delete(171798691840, 171798691842, NULL, NULL, NULL);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE address_delete(
    in_account_id      BIGINT,
    in_address_id      BIGINT,
    in_if_match        BIGINT,
    in_idempotency_key VARCHAR(255),
    in_body_hash       VARBINARY(32)
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'removes an address'
delete_address: BEGIN
    DECLARE v_default_id BIGINT;
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);

    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_account_id);
    CALL idempotency_claim(in_account_id, 'address_delete', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NOT NULL THEN
        COMMIT;
        SELECT v_status AS status, v_body AS body;
        LEAVE delete_address;
    END IF;

    CALL address_lock(in_account_id, in_address_id, in_if_match, v_default_id);
    DELETE FROM address WHERE address_id = in_address_id AND account_id = in_account_id;
    IF v_default_id = in_address_id THEN
        CALL address_default_set(in_account_id, NULL,
                                 (SELECT MAX(address_id) FROM address WHERE account_id = in_account_id));
    END IF;

    CALL idempotency_store(in_account_id, 'address_delete', in_idempotency_key, 204, NULL, NULL);
    COMMIT;

    SELECT 204 AS status, NULL AS body;
END
