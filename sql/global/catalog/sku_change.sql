-- What: changes a SKU's price, state and so on. It has the new version once this commits, and orders use it once every shard
--   has taken it: what waits for that stands in broadcast under the SKU's id.
-- Parameters:
--   in_sku_id           which SKU
--   in_account_id, in_idempotency_key, in_body_hash  whose request it is, and under which key
--   in_if_match         the version of the SKU the client has seen; NULL: any
--   in_sku              JSON with any of {price, list_price, state, weight_grams, code, image_url}; null clears list_price and
--                       image_url
-- Returns: 200 the SKU as sku_json gives it, etag
-- Errors: 30004 not_found · 30013 precondition.failed · 30021 idempotency.mismatch · 30022 idempotency.in_progress
-- Locks: idempotency, product, then its rows
-- Example: CALL sku_change(9, 640, NULL, NULL, 1, '{"price":1499,"list_price":1999}')
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE sku_change(
    IN in_sku_id BIGINT, IN in_account_id BIGINT, IN in_idempotency_key VARCHAR(255), IN in_body_hash VARBINARY(32),
    IN in_if_match BIGINT, IN in_sku LONGTEXT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE v_status INT;
    DECLARE v_product_id, v_version BIGINT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'sku_change', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        SELECT product_id INTO v_product_id FROM sku WHERE sku_id = in_sku_id;
        CALL product_lock(v_product_id, NULL, v_version);
        UPDATE sku s
        JOIN JSON_TABLE(in_sku, '$' COLUMNS (
            code VARCHAR(255) PATH '$.code', price BIGINT PATH '$.price', list_price BIGINT PATH '$.list_price',
            image_url VARCHAR(2048) PATH '$.image_url', weight_grams BIGINT PATH '$.weight_grams',
            state VARCHAR(16) PATH '$.state')) j
        SET s.code = COALESCE(j.code, s.code), s.price = COALESCE(j.price, s.price),
            s.list_price = IF(JSON_CONTAINS_PATH(in_sku, 'one', '$.list_price'), j.list_price, s.list_price),
            s.image_url = IF(JSON_CONTAINS_PATH(in_sku, 'one', '$.image_url'), j.image_url, s.image_url),
            s.weight_grams = COALESCE(j.weight_grams, s.weight_grams), s.state = COALESCE(j.state, s.state),
            s.version = v_version
        WHERE s.sku_id = in_sku_id AND s.version = COALESCE(in_if_match, s.version);
        IF ROW_COUNT() = 0 THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30013, MESSAGE_TEXT = 'precondition.failed';
        END IF;
        CALL product_tell(v_product_id, v_version, in_sku_id);
        CALL product_changed(v_product_id, v_version);
        SET v_status = 200, v_etag = CONCAT('v', v_version), v_body = sku_json(in_sku_id);
        CALL idempotency_store(in_account_id, 'sku_change', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
