-- product_recommendations: what those who liked a product liked as well; popular products where nothing is known of it.
--
-- Parameters
--   in_product_id  BIGINT  the product
--   in_limit       BIGINT  products at most
-- Returns  one row: status INT, body JSON
--   200 {"items": [product_card]}
-- Errors   30004 not_found
-- Locks    none
-- Example  CALL product_recommendations(7, 10);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE product_recommendations(in_product_id BIGINT, in_limit BIGINT)
READS SQL DATA
SQL SECURITY DEFINER
COMMENT 'others liked as well'
BEGIN
    DECLARE v_ids LONGTEXT;

    IF NOT EXISTS (SELECT 1 FROM product WHERE product_id = in_product_id AND state = 'published') THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30004, MESSAGE_TEXT = 'not_found';
    END IF;
    CALL recommend_rank(JSON_ARRAY(JSON_OBJECT('product_id', in_product_id + 0, 'weight', 1)), '[]', in_limit, v_ids);
    SELECT 200 AS status, CONCAT('{"items":', recommend_cards(v_ids), '}') AS body;
END
