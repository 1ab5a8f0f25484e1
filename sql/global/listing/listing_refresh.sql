-- What: brings a product into the lists it belongs to and out of all others, and keeps the counts. Internal: the caller's
--   transaction holds the product's row, and all else of it is written.
-- Parameters: in_product_id  which product
-- Errors: none
-- Locks: listing_term, product_listing, then listing_count, each in the order of its key; two products at once that
--   share terms wait for each other at the counts
-- Example: CALL listing_refresh(7)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE listing_refresh(IN in_product_id BIGINT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE v_old, v_new LONGTEXT;

    INSERT INTO listing_term (kind, name, value)
    SELECT f.kind, f.name, f.value
    FROM (SELECT 'vendor' AS kind, '' AS name, vendor AS value FROM product WHERE product_id = in_product_id
          UNION
          SELECT 'option', o.name, j.value
          FROM sku s
          JOIN JSON_TABLE(s.option_values, '$[*]' COLUMNS (n FOR ORDINALITY, value VARCHAR(255) PATH '$')) j
          JOIN product_option o ON o.product_id = s.product_id AND o.position = j.n
          WHERE s.product_id = in_product_id AND s.state = 'active') f
    LEFT JOIN listing_term t ON t.kind = f.kind AND t.name = f.name COLLATE utf8mb4_general_ci
                             AND t.value = f.value COLLATE utf8mb4_general_ci
    WHERE f.value <> '' AND t.term_id IS NULL
    ON DUPLICATE KEY UPDATE value = listing_term.value;

    SELECT GROUP_CONCAT(list_id ORDER BY list_id) INTO v_old FROM product_listing WHERE product_id = in_product_id;
    SET v_new = listing_wanted(in_product_id);

    IF v_old <=> v_new THEN
        UPDATE product_listing l JOIN product p ON p.product_id = l.product_id
        SET l.price = p.price_min, l.title_key = LEFT(p.title, 48)
        WHERE l.product_id = in_product_id;
    ELSE
        UPDATE listing_count c
        JOIN product_listing a ON a.list_id = c.list_id AND a.product_id = in_product_id
        JOIN product_listing b ON b.list_id = -c.term_id AND b.product_id = in_product_id
        SET c.products = c.products - 1;
        DELETE FROM product_listing WHERE product_id = in_product_id;
        INSERT INTO product_listing (list_id, product_id, price, title_key)
        SELECT j.list_id, p.product_id, p.price_min, LEFT(p.title, 48)
        FROM JSON_TABLE(CONCAT('[', v_new, ']'), '$[*]' COLUMNS (list_id BIGINT PATH '$')) j
        JOIN product p ON p.product_id = in_product_id;
        INSERT INTO listing_count (list_id, term_id, products)
        SELECT a.list_id, -b.list_id, 1
        FROM product_listing a JOIN product_listing b ON b.product_id = a.product_id AND b.list_id <= 0
        WHERE a.product_id = in_product_id AND a.list_id >= 0
        ON DUPLICATE KEY UPDATE products = listing_count.products + 1;
    END IF;
END
