-- What: a new product, a draft without SKUs.
-- Parameters:
--   in_product_id       a fresh id
--   in_account_id, in_idempotency_key, in_body_hash  whose request it is, and under which key
--   in_handle           its name in links; NULL: made of the title and the id
--   in_product          JSON as product_write takes it, with a title; also options: [names] and currency
-- Returns: 201 the product as product_admin_json gives it, etag, location
-- Errors: 30308 product.handle_taken · 30003 request.invalid · 30021 idempotency.mismatch · 30022 idempotency.in_progress
-- Locks: idempotency, product, then its rows
-- Example: CALL product_create(7, 640, NULL, NULL, 'lamp', '{"title":"Lamp","options":["Size"],"currency":"USD"}')
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_create(
    IN in_product_id BIGINT, IN in_account_id BIGINT, IN in_idempotency_key VARCHAR(255), IN in_body_hash VARBINARY(32),
    IN in_handle VARCHAR(255), IN in_product LONGTEXT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE v_status INT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE v_handle VARCHAR(255) DEFAULT COALESCE(in_handle, CONCAT(LEFT(TRIM(BOTH '-' FROM REGEXP_REPLACE(
        LOWER(JSON_UNQUOTE(JSON_EXTRACT(in_product, '$.title'))), '[^[:alnum:]]+', '-')), 120), '-', in_product_id));
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'product_create', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        IF EXISTS (SELECT 1 FROM product WHERE handle = v_handle COLLATE utf8mb4_bin FOR UPDATE) THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30308, MESSAGE_TEXT = 'product.handle_taken';
        END IF;
        INSERT INTO product (product_id, handle, currency, state, state_wanted, pending, version, created_at, updated_at)
        VALUES (in_product_id, v_handle, JSON_UNQUOTE(JSON_EXTRACT(in_product, '$.currency')), 'draft', 'draft', 0, 1,
                UTC_TIMESTAMP(3), UTC_TIMESTAMP(3));
        INSERT INTO product_option (product_id, position, name, option_values)
        SELECT in_product_id, j.n, j.name, '[]'
        FROM JSON_TABLE(in_product, '$.options[*]' COLUMNS (n FOR ORDINALITY, name VARCHAR(255) PATH '$')) j;
        INSERT INTO product_category (product_id, category_id, listed) VALUES (in_product_id, 0, 0);
        CALL product_write(in_product_id, in_product);
        CALL product_changed(in_product_id, 1);
        SET v_status = 201, v_etag = 'v1', v_body = product_admin_json(in_product_id);
        CALL idempotency_store(in_account_id, 'product_create', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag,
           CONCAT('/v1/admin/products/', JSON_UNQUOTE(JSON_EXTRACT(v_body, '$.product_id'))) AS location;
END
