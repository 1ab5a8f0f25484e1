-- What: a new category, a root or below another one.
-- Parameters:
--   in_category_id  a fresh id
--   in_account_id, in_idempotency_key, in_body_hash  whose request it is, and under which key
--   in_parent_id    the category above; NULL for a root
--   in_name         for people
-- Returns: 201 {category_id, parent_id, name, products, version}, etag
-- Errors: 30003 request.invalid · 30303 category.depth: 8 · 30304 category.name_taken ·
--   30021 idempotency.mismatch · 30022 idempotency.in_progress
-- Locks: idempotency, the oldest category, then the new one
-- Example: CALL category_create(8, 640, NULL, NULL, NULL, 'Lamps')
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE category_create(
    IN in_category_id BIGINT, IN in_account_id BIGINT, IN in_idempotency_key VARCHAR(255), IN in_body_hash VARBINARY(32),
    IN in_parent_id BIGINT, IN in_name VARCHAR(255))
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE v_status INT;
    DECLARE v_path VARCHAR(1024);
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'category_create', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        CALL category_place(in_category_id, in_parent_id, in_name, v_path);
        IF EXISTS (SELECT 1 FROM category WHERE path = v_path COLLATE utf8mb4_general_ci FOR UPDATE) THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30304, MESSAGE_TEXT = 'category.name_taken';
        END IF;
        INSERT INTO category (category_id, parent_id, name, path) VALUES (in_category_id, in_parent_id, in_name, v_path);
        CALL event_publish('category.changed', in_category_id, JSON_OBJECT('category_id', CAST(in_category_id AS CHAR)));
        SET v_status = 201, v_etag = 'v1', v_body = category_json(in_category_id);
        CALL idempotency_store(in_account_id, 'category_create', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
