-- What: a page of published products, newest first.
-- Parameters:
--   in_category  only of this category; NULL for all
--   in_cursor    the last product_id of the page before; NULL for the first page
--   in_limit     products a page holds at most
-- Returns: 200 {items: [product_card], next_cursor}, next_cursor
-- Errors: 30003 request.invalid
-- Locks: none
-- Example: CALL product_list(NULL, NULL, 20)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_list(
    IN in_category BIGINT, IN in_cursor VARCHAR(255), IN in_limit BIGINT)
SQL SECURITY DEFINER READS SQL DATA
BEGIN
    DECLARE v_before BIGINT UNSIGNED DEFAULT 9223372036854775807;
    DECLARE v_rows BIGINT DEFAULT in_limit + 1;
    DECLARE v_found, v_last BIGINT;
    DECLARE v_items LONGTEXT;
    DECLARE v_next VARCHAR(64);

    IF in_cursor NOT REGEXP '^[0-9]{1,19}$' THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: cursor is not one of this list';
    END IF;
    SET v_before = COALESCE(CAST(in_cursor AS UNSIGNED), v_before);

    SELECT GROUP_CONCAT(IF(l.n <= in_limit, product_card(p.product_id, p.handle, p.title, p.vendor, p.product_type,
                            p.image_url, p.image_alt, p.price_min, p.price_max, p.currency), NULL) ORDER BY l.n),
           COUNT(*), MIN(IF(l.n <= in_limit, p.product_id, NULL))
    INTO v_items, v_found, v_last
    FROM (SELECT product_id, ROW_NUMBER() OVER (ORDER BY product_id DESC) AS n
          FROM (SELECT product_id FROM product_category
                WHERE category_id = COALESCE(in_category, 0) AND listed = 1 AND product_id < v_before
                ORDER BY product_id DESC LIMIT v_rows) page) l
    JOIN product p ON p.product_id = l.product_id;

    SET v_next = IF(v_found > in_limit, LOWER(HEX(CAST(v_last AS CHAR))), NULL);
    SELECT 200 AS status,
           CONCAT('{"items":[', COALESCE(v_items, ''), '],"next_cursor":', COALESCE(JSON_QUOTE(v_next), 'null'), '}') AS body,
           v_next AS next_cursor;
END
