-- What: a product as the staff sees it.
-- Parameters: in_product_id  which product
-- Returns: 200 the product as product_admin_json gives it, etag
-- Errors: 30004 not_found
-- Locks: none
-- Example: CALL product_admin_get(7)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_admin_get(IN in_product_id BIGINT)
SQL SECURITY DEFINER READS SQL DATA
BEGIN
    DECLARE v_body LONGTEXT DEFAULT product_admin_json(in_product_id);

    IF v_body IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    SELECT 200 AS status, v_body AS body, CONCAT('v', JSON_VALUE(v_body, '$.version')) AS etag;
END
