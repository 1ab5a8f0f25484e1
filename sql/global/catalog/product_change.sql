-- What: changes parts of a product. The shards are told when its title, pictures or categories changed: orders show the former,
--   promotions are for the latter.
-- Parameters:
--   in_product_id       which product
--   in_account_id, in_idempotency_key, in_body_hash  whose request it is, and under which key
--   in_if_match         the version the client has seen; NULL: any
--   in_seen             the version that the words were made from; 30014 when it is another by now: read and call again
--   in_product          JSON as product_write takes it
-- Returns: 200 the product as product_admin_json gives it, etag
-- Errors: 30004 not_found · 30013 precondition.failed · 30014 conflict · 30003 request.invalid ·
--   30021 idempotency.mismatch · 30022 idempotency.in_progress
-- Locks: idempotency, product, then its rows
-- Example: CALL product_change(7, 640, NULL, NULL, 1, 1, '{"title":"Big lamp"}')
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_change(
    IN in_product_id BIGINT, IN in_account_id BIGINT, IN in_idempotency_key VARCHAR(255), IN in_body_hash VARBINARY(32),
    IN in_if_match BIGINT, IN in_seen BIGINT, IN in_product LONGTEXT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE v_status INT;
    DECLARE v_version BIGINT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'product_change', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        CALL product_lock(in_product_id, in_if_match, v_version);
        IF v_version - 1 <> in_seen THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30014, MESSAGE_TEXT = 'conflict';
        END IF;
        CALL product_write(in_product_id, in_product);
        IF JSON_CONTAINS_PATH(in_product, 'one', '$.title', '$.images', '$.category_ids') THEN
            UPDATE sku s JOIN product p ON p.product_id = s.product_id
            SET s.version = v_version, s.title = IF(JSON_LENGTH(s.option_values) = 0, p.title, s.title)
            WHERE s.product_id = in_product_id;
            CALL product_tell(in_product_id, v_version, in_product_id);
        END IF;
        CALL product_changed(in_product_id, v_version);
        SET v_status = 200, v_etag = CONCAT('v', v_version), v_body = product_admin_json(in_product_id);
        CALL idempotency_store(in_account_id, 'product_change', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
