-- What: publishes a product or takes it out of the shop. A published one shows when every shard has its SKUs for sale
--   (broadcast_done); a withdrawn one vanishes at once, and its SKUs cannot be ordered once every shard knows.
-- Parameters:
--   in_product_id       which product
--   in_account_id, in_idempotency_key, in_body_hash  whose request it is, and under which key
--   in_if_match         the version the client has seen; NULL: any
--   in_state            published, draft; the same as it is changes nothing
-- Returns: 200 the product as product_admin_json gives it, etag
-- Errors: 30004 not_found · 30013 precondition.failed · 30305 product.not_for_sale: no active SKU ·
--   30021 idempotency.mismatch · 30022 idempotency.in_progress
-- Locks: idempotency, product, then its rows
-- Example: CALL product_state_set(7, 640, NULL, NULL, NULL, 'published')
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_state_set(
    IN in_product_id BIGINT, IN in_account_id BIGINT, IN in_idempotency_key VARCHAR(255), IN in_body_hash VARBINARY(32),
    IN in_if_match BIGINT, IN in_state VARCHAR(16))
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE v_status INT;
    DECLARE v_version BIGINT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'product_state_set', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        CALL product_lock(in_product_id, in_if_match, v_version);
        IF in_state = 'published'
           AND NOT EXISTS (SELECT 1 FROM sku WHERE product_id = in_product_id AND state = 'active') THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30305, MESSAGE_TEXT = 'product.not_for_sale: no active SKU';
        END IF;
        UPDATE product
        SET state_wanted = in_state, state = IF(in_state = 'draft', 'draft', state), pending = 0
        WHERE product_id = in_product_id AND state_wanted <> in_state COLLATE utf8mb4_bin;
        IF ROW_COUNT() = 1 THEN
            UPDATE sku SET version = v_version WHERE product_id = in_product_id;
            CALL product_tell(in_product_id, v_version, in_product_id);
            CALL product_changed(in_product_id, v_version);
        ELSE
            SET v_version = v_version - 1;
        END IF;
        SET v_status = 200, v_etag = CONCAT('v', v_version), v_body = product_admin_json(in_product_id);
        CALL idempotency_store(in_account_id, 'product_state_set', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
