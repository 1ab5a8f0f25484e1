-- What: holds a product for a change and says which version the change makes. Internal: in the caller's transaction.
-- Parameters:
--   in_product_id  which product
--   in_if_match    the version the caller has seen; NULL: any
--   out_version    the new version
-- Errors: 30004 not_found · 30013 precondition.failed
-- Locks: product
-- Example: CALL product_lock(7, 2, v_version)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_lock(
    IN in_product_id BIGINT, IN in_if_match BIGINT, OUT out_version BIGINT)
SQL SECURITY DEFINER READS SQL DATA
BEGIN
    SELECT version + 1 INTO out_version FROM product WHERE product_id = in_product_id FOR UPDATE;
    IF out_version IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    ELSEIF out_version - 1 <> in_if_match THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30013, MESSAGE_TEXT = 'precondition.failed';
    END IF;
END
