-- What: a page of published products that pass all filters, in the order asked for. With filters a page may hold fewer than
--   asked for, even none, and still name a next one: the work for a page is bounded.
-- Parameters:
--   in_category    products of it and of all below it; NULL: all
--   in_vendor      by this vendor; NULL: any
--   in_attr  JSON array of "<option>:<value>"; values of one option are alternatives; NULL: any
--   in_price_min, in_price_max  bounds of a product's lowest price, minor units; NULL: none
--   in_sort        newest, price_asc, price_desc, title; NULL: newest
--   in_cursor      as the page before gave it; NULL for the first page
--   in_limit       products a page holds at most
-- Returns: 200 {items: [product_card], next_cursor}, next_cursor
-- Errors: 30003 request.invalid
-- Locks: none
-- Example: CALL product_list(NULL, NULL, '["Size:M"]', NULL, 5000, 'price_asc', NULL, 20)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_list(
    IN in_category BIGINT, IN in_vendor VARCHAR(255), IN in_attr LONGTEXT, IN in_price_min BIGINT,
    IN in_price_max BIGINT, IN in_sort VARCHAR(16), IN in_cursor VARCHAR(255), IN in_limit BIGINT)
SQL SECURITY DEFINER READS SQL DATA
BEGIN
    DECLARE v_sort VARCHAR(16) DEFAULT COALESCE(in_sort, 'newest');
    DECLARE v_walk, v_last BIGINT;
    DECLARE v_groups INT;
    DECLARE v_others, v_ids, v_items LONGTEXT;
    DECLARE v_next VARCHAR(512);

    -- "<sort> <product_id> <price or beginning of title>"
    IF in_cursor NOT REGEXP CONCAT('^', v_sort, ' [0-9]{1,19} ',
                                   CASE v_sort WHEN 'newest' THEN '$' WHEN 'title' THEN '' ELSE '[0-9]{1,18}$' END) THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30003, MESSAGE_TEXT = 'request.invalid: cursor is not one of this list';
    END IF;

    CALL listing_choose(in_category, in_vendor, in_attr, v_walk, v_others, v_groups);
    IF v_walk IS NOT NULL THEN
        CALL listing_walk(v_walk, v_others, v_groups, in_price_min, in_price_max, v_sort,
                          LEFT(SUBSTR(in_cursor, LENGTH(SUBSTRING_INDEX(in_cursor, ' ', 2)) + 2), 48),
                          CAST(SUBSTRING_INDEX(SUBSTRING_INDEX(in_cursor, ' ', 2), ' ', -1) AS SIGNED), in_limit,
                          v_ids, v_last);
    END IF;

    SELECT GROUP_CONCAT(product_card(p.product_id, p.handle, p.title, p.vendor, p.product_type, p.image_url, p.image_alt,
                                     p.price_min, p.price_max, p.currency) ORDER BY j.n)
    INTO v_items
    FROM JSON_TABLE(COALESCE(v_ids, '[]'), '$[*]' COLUMNS (n FOR ORDINALITY, product_id BIGINT PATH '$')) j
    JOIN product p ON p.product_id = j.product_id
    WHERE j.n <= in_limit;
    IF v_last IS NOT NULL THEN
        SELECT LOWER(HEX(CONCAT(v_sort, ' ', product_id, ' ',
                                CASE v_sort WHEN 'newest' THEN '' WHEN 'title' THEN title_key ELSE price END)))
        INTO v_next FROM product_listing WHERE list_id = v_walk AND product_id = v_last;
    END IF;

    SELECT 200 AS status,
           CONCAT('{"items":[', COALESCE(v_items, ''), '],"next_cursor":', COALESCE(JSON_QUOTE(v_next), 'null'), '}') AS body,
           v_next AS next_cursor;
END
