-- What: checks that a category may stand under a parent, and says where that is. Internal: in the transaction of a change of
--   the tree, of which there is one at a time.
-- Parameters:
--   in_category_id  the category that is made or moved
--   in_parent_id    where to; NULL: a root
--   in_name         its name there
--   out_path        its full name there, "Home > Lamps"
-- Errors: 30003 request.invalid: parent_id, name · 30302 category.cycle · 30303 category.depth: 8
-- Locks: the oldest category: whoever changes the tree waits here
-- Example: CALL category_place(8, NULL, 'Lamps', v_path)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE category_place(
    IN in_category_id BIGINT, IN in_parent_id BIGINT, IN in_name VARCHAR(255), OUT out_path VARCHAR(1024))
SQL SECURITY DEFINER READS SQL DATA
BEGIN
    DECLARE v_above, v_below, v_cycle INT;
    DECLARE v_one BIGINT;

    SELECT category_id INTO v_one FROM category ORDER BY category_id LIMIT 1 FOR UPDATE;
    SELECT MAX(IF(category_id = in_parent_id, path, NULL)) INTO out_path FROM category WHERE category_id = in_parent_id;
    IF in_parent_id IS NOT NULL AND out_path IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: parent_id: there is no such category';
    END IF;
    WITH RECURSIVE above (category_id, parent_id, depth) AS (
        SELECT category_id, parent_id, 1 FROM category WHERE category_id = in_parent_id
        UNION ALL
        SELECT c.category_id, c.parent_id, a.depth + 1
        FROM above a JOIN category c ON c.category_id = a.parent_id WHERE a.depth < 10)
    SELECT COALESCE(MAX(depth), 0), COALESCE(SUM(category_id = in_category_id), 0) INTO v_above, v_cycle FROM above;
    WITH RECURSIVE below (category_id, depth) AS (
        SELECT in_category_id, 1
        UNION ALL
        SELECT c.category_id, b.depth + 1 FROM below b JOIN category c ON c.parent_id = b.category_id WHERE b.depth < 10)
    SELECT MAX(depth) INTO v_below FROM below;

    SET out_path = CONCAT_WS(' > ', out_path, in_name);
    IF v_cycle > 0 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30302, MESSAGE_TEXT = 'category.cycle';
    ELSEIF v_above + v_below > 8 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30303, MESSAGE_TEXT = 'category.depth: 8';
    ELSEIF CHAR_LENGTH(out_path) > 512 THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: name: too long with all above it';
    END IF;
END
