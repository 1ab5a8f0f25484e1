-- What: takes one product of an import, whole. New: it is a draft until product_import_finish says that every shard has
--   its SKUs. Same content as before: nothing changes. SKUs that are missing now are retired.
-- Parameters:
--   in_product_id    a fresh id, used when the handle is new
--   in_category_id   a fresh id, used when the category is new
--   in_handle        which product
--   in_content_hash  SHA-256 of in_product without its ids, hex
--   in_product       JSON {title, description_html, vendor, product_type, tags, category, category_path, state, currency,
--                    images: [{url, alt}], options: [{name, option_values}], words: [], skus: [{sku_id, option_key, title,
--                    option_values, code, price, list_price?, image_url?, weight_grams, units, state}]};
--                    tags and option_values are texts that hold JSON arrays; prices in minor units
-- Returns: 200 {product_id, outcome: created|updated|unchanged, version, pending, skus}; skus as sku_apply takes them, each
--   with option_key, initial_units, reference (of its first receipt) and received (units under that reference so far)
-- Errors: 30003 request.invalid
-- Locks: product by handle, then its category, SKUs, options, pictures, words, listings
-- Example: CALL product_import(7, 8, 'lamp', REPEAT('0', 64), '{"title":"Lamp","skus":[…], …}')
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_import(
    IN in_product_id BIGINT, IN in_category_id BIGINT, IN in_handle VARCHAR(255), IN in_content_hash CHAR(64),
    IN in_product LONGTEXT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE v_product_id, v_version BIGINT;
    DECLARE v_hash CHAR(64);
    DECLARE v_outcome VARCHAR(16) DEFAULT 'unchanged';
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    IF COALESCE(in_handle, '') = '' OR NOT COALESCE(JSON_VALID(in_product), FALSE)
       OR COALESCE(JSON_LENGTH(in_product, '$.skus'), 0) = 0 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: a product needs a handle and SKUs';
    END IF;

    START TRANSACTION;
    INSERT INTO product (product_id, handle, state, state_wanted, pending, version, created_at, updated_at)
    VALUES (in_product_id, in_handle, 'draft', 'draft', 1, 0, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))
    ON DUPLICATE KEY UPDATE handle = product.handle;
    SELECT product_id, version, content_hash INTO v_product_id, v_version, v_hash
    FROM product WHERE handle = in_handle COLLATE utf8mb4_bin FOR UPDATE;

    IF v_hash <> in_content_hash COLLATE utf8mb4_bin THEN
        SET v_outcome = IF(v_version = 0, 'created', 'updated');
        CALL product_put_skus(v_product_id, v_version + 1, in_product);
        CALL product_put(v_product_id, v_version + 1, in_content_hash, in_product);
        CALL product_put_category(v_product_id, in_category_id, in_product);
        CALL product_changed(v_product_id, v_version + 1);
    END IF;
    COMMIT;

    SELECT 200 AS status,
           JSON_OBJECT('product_id', product_id, 'outcome', v_outcome, 'version', version, 'pending', pending,
                       'skus', JSON_EXTRACT(product_broadcast(product_id), '$')) AS body
    FROM product WHERE product_id = v_product_id;
END
