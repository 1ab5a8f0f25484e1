-- What: removes an empty category.
-- Parameters:
--   in_category_id  which category
--   in_account_id, in_idempotency_key, in_body_hash  whose request it is, and under which key
--   in_if_match     the version the client has seen; NULL: any
-- Returns: 204
-- Errors: 30004 not_found · 30013 precondition.failed · 30301 category.in_use: categories, products ·
--   30021 idempotency.mismatch · 30022 idempotency.in_progress
-- Locks: idempotency, the oldest category, then this one
-- Example: CALL category_delete(8, 640, NULL, NULL, 1)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE category_delete(
    IN in_category_id BIGINT, IN in_account_id BIGINT, IN in_idempotency_key VARCHAR(255), IN in_body_hash VARBINARY(32),
    IN in_if_match BIGINT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE v_status INT;
    DECLARE v_one, v_version BIGINT;
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'category_delete', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        SELECT category_id INTO v_one FROM category ORDER BY category_id LIMIT 1 FOR UPDATE;
        SELECT version INTO v_version FROM category WHERE category_id = in_category_id FOR UPDATE;
        IF v_version IS NULL THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
        ELSEIF v_version <> in_if_match THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30013, MESSAGE_TEXT = 'precondition.failed';
        ELSEIF EXISTS (SELECT 1 FROM category WHERE parent_id = in_category_id) THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30301, MESSAGE_TEXT = 'category.in_use: categories';
        ELSEIF EXISTS (SELECT 1 FROM product_category WHERE category_id = in_category_id) THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30301, MESSAGE_TEXT = 'category.in_use: products';
        END IF;
        DELETE FROM category WHERE category_id = in_category_id;
        DELETE FROM listing_count WHERE list_id = in_category_id;
        CALL event_publish('category.changed', in_category_id, JSON_OBJECT('category_id', CAST(in_category_id AS CHAR)));
        SET v_status = 204, v_body = '';
        CALL idempotency_store(in_account_id, 'category_delete', in_idempotency_key, v_status, v_body, NULL);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body;
END
