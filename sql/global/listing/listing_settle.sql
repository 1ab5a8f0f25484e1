-- What: makes a product's lists anew after the category tree changed.
-- Parameters: in_product_id  which product
-- Returns: 200 {}
-- Errors: none
-- Locks: product, listing_pending, then its listings
-- Example: CALL listing_settle(7)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE listing_settle(IN in_product_id BIGINT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE v_version BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT version INTO v_version FROM product WHERE product_id = in_product_id FOR UPDATE;
    DELETE FROM listing_pending WHERE product_id = in_product_id;
    CALL listing_refresh(in_product_id);
    CALL event_publish('product.changed', in_product_id,
                       JSON_OBJECT('product_id', CAST(in_product_id AS CHAR), 'version', v_version + 0));
    COMMIT;

    SELECT 200 AS status, '{}' AS body;
END
