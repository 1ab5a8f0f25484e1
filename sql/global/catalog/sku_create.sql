-- What: a new SKU of a product, for each of whose options it has a value. Orders may name it once every shard has it.
-- Parameters:
--   in_sku_id           a fresh id
--   in_product_id       of which product
--   in_account_id, in_idempotency_key, in_body_hash  whose request it is, and under which key
--   in_option_key       SHA-256 of the folded option values, hex
--   in_sku              JSON {options: [], code?, price, list_price?, image_url?, weight_grams?, state?}
-- Returns: 201 the SKU as sku_json gives it, etag, location
-- Errors: 30004 not_found · 30003 request.invalid: options · 30306 sku.options_taken · 30307 sku.limit: 400 ·
--   30021 idempotency.mismatch · 30022 idempotency.in_progress
-- Locks: idempotency, product, then its rows
-- Example: CALL sku_create(9, 7, 640, NULL, NULL, REPEAT('a', 64), '{"options":["M"],"price":1999}')
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE sku_create(
    IN in_sku_id BIGINT, IN in_product_id BIGINT, IN in_account_id BIGINT, IN in_idempotency_key VARCHAR(255),
    IN in_body_hash VARBINARY(32), IN in_option_key CHAR(64), IN in_sku LONGTEXT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE v_status, v_skus INT;
    DECLARE v_version BIGINT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'sku_create', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        CALL product_lock(in_product_id, NULL, v_version);
        SELECT COUNT(*) INTO v_skus FROM sku WHERE product_id = in_product_id;
        IF (SELECT COUNT(*) FROM product_option WHERE product_id = in_product_id) <> JSON_LENGTH(in_sku, '$.options') THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: options: one for each of the product';
        ELSEIF EXISTS (SELECT 1 FROM sku WHERE product_id = in_product_id AND option_key = in_option_key COLLATE utf8mb4_bin) THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30306, MESSAGE_TEXT = 'sku.options_taken';
        ELSEIF v_skus >= 400 THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30307, MESSAGE_TEXT = 'sku.limit: 400';
        END IF;
        INSERT INTO sku (sku_id, product_id, option_key, position, title, option_values, code, price, list_price, currency,
                         image_url, weight_grams, initial_units, state, version)
        SELECT in_sku_id, in_product_id, in_option_key, v_skus + 1,
               COALESCE((SELECT GROUP_CONCAT(o.value ORDER BY o.n SEPARATOR ' / ')
                         FROM JSON_TABLE(in_sku, '$.options[*]' COLUMNS (n FOR ORDINALITY, value VARCHAR(255) PATH '$')) o),
                        p.title),
               JSON_EXTRACT(in_sku, '$.options'), COALESCE(j.code, ''), j.price, j.list_price, p.currency, j.image_url,
               COALESCE(j.weight_grams, 0), 0, COALESCE(j.state, 'active'), v_version
        FROM product p
        JOIN JSON_TABLE(in_sku, '$' COLUMNS (
            code VARCHAR(255) PATH '$.code', price BIGINT PATH '$.price', list_price BIGINT PATH '$.list_price',
            image_url VARCHAR(2048) PATH '$.image_url', weight_grams BIGINT PATH '$.weight_grams',
            state VARCHAR(16) PATH '$.state')) j
        WHERE p.product_id = in_product_id;
        UPDATE product_option o
        JOIN JSON_TABLE(in_sku, '$.options[*]' COLUMNS (n FOR ORDINALITY, value VARCHAR(255) PATH '$')) j ON j.n = o.position
        SET o.option_values = JSON_ARRAY_APPEND(o.option_values, '$', j.value)
        WHERE o.product_id = in_product_id AND NOT JSON_CONTAINS(o.option_values, JSON_QUOTE(j.value));
        CALL product_tell(in_product_id, v_version, in_sku_id);
        CALL product_changed(in_product_id, v_version);
        SET v_status = 201, v_etag = CONCAT('v', v_version), v_body = sku_json(in_sku_id);
        CALL idempotency_store(in_account_id, 'sku_create', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag,
           CONCAT('/v1/skus/', JSON_UNQUOTE(JSON_EXTRACT(v_body, '$.sku_id'))) AS location;
END
