-- What: renames a category, or moves it with all below it. After a move the worker brings its products into the lists of the
--   categories that are above them now, within seconds.
-- Parameters:
--   in_category_id  which category
--   in_account_id, in_idempotency_key, in_body_hash  whose request it is, and under which key
--   in_if_match     the version the client has seen; NULL: any
--   in_parent_id    the category above; 0: it becomes a root; NULL: stays where it is
--   in_name         NULL: stays
-- Returns: 200 {category_id, parent_id, name, products, version}, etag; 202 with "propagating": true while products follow
-- Errors: 30004 not_found · 30013 precondition.failed · 30003 request.invalid · 30302 category.cycle ·
--   30303 category.depth: 8 · 30304 category.name_taken · 30021 idempotency.mismatch · 30022 idempotency.in_progress
-- Locks: idempotency, the oldest category, then those that change, then listing_pending
-- Example: CALL category_change(8, 640, NULL, NULL, 1, 0, 'Lights')
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE category_change(
    IN in_category_id BIGINT, IN in_account_id BIGINT, IN in_idempotency_key VARCHAR(255), IN in_body_hash VARBINARY(32),
    IN in_if_match BIGINT, IN in_parent_id BIGINT, IN in_name VARCHAR(255))
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE v_status INT DEFAULT NULL;
    DECLARE v_version, v_parent_id, v_moved BIGINT;
    DECLARE v_old, v_path VARCHAR(1024);
    DECLARE v_name VARCHAR(255);
    DECLARE v_body LONGTEXT;
    DECLARE v_etag VARCHAR(64);
    DECLARE EXIT HANDLER FOR 1062 BEGIN
        ROLLBACK;
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30304, MESSAGE_TEXT = 'category.name_taken';
    END;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL idempotency_claim(in_account_id, 'category_change', in_idempotency_key, in_body_hash, v_status, v_body, v_etag);
    IF v_status IS NULL THEN
        SELECT version, IF(in_parent_id IS NULL, parent_id, NULLIF(in_parent_id, 0)), path, COALESCE(in_name, name)
        INTO v_version, v_parent_id, v_old, v_name
        FROM category WHERE category_id = in_category_id;
        CALL category_place(in_category_id, v_parent_id, v_name, v_path);
        SET v_moved = (SELECT NOT parent_id <=> v_parent_id FROM category WHERE category_id = in_category_id FOR UPDATE);
        IF v_version IS NULL THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
        ELSEIF v_version <> COALESCE(in_if_match, v_version)
               OR v_version <> (SELECT version FROM category WHERE category_id = in_category_id) THEN
            SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30013, MESSAGE_TEXT = 'precondition.failed';
        END IF;
        UPDATE category
        SET name = v_name, parent_id = v_parent_id, path = v_path, version = v_version + 1
        WHERE category_id = in_category_id;
        -- names of those below; general_ci LIKE takes _ and % for wildcards, so their beginning is compared
        UPDATE category SET path = CONCAT(v_path, SUBSTR(path, CHAR_LENGTH(v_old) + 1))
        WHERE parent_id IS NOT NULL AND LEFT(path, CHAR_LENGTH(v_old) + 3) = CONCAT(v_old, ' > ');
        IF v_moved THEN
            INSERT INTO listing_pending (product_id, created_at)
            SELECT product_id, UTC_TIMESTAMP(3) FROM product_listing WHERE list_id = in_category_id
            ON DUPLICATE KEY UPDATE created_at = UTC_TIMESTAMP(3);
            SET v_moved = ROW_COUNT();
        END IF;
        CALL event_publish('category.changed', in_category_id, JSON_OBJECT('category_id', CAST(in_category_id AS CHAR)));
        SET v_status = IF(v_moved > 0, 202, 200), v_etag = CONCAT('v', v_version + 1), v_body = category_json(in_category_id);
        IF v_moved > 0 THEN
            SET v_body = JSON_MERGE_PATCH(v_body, '{"propagating": true}');
        END IF;
        CALL idempotency_store(in_account_id, 'category_change', in_idempotency_key, v_status, v_body, v_etag);
    END IF;
    COMMIT;

    SELECT v_status AS status, v_body AS body, v_etag AS etag;
END
