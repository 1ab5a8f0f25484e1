-- What: every shard has the SKUs of a product that is to be published: now it shows. Internal: called in the transaction of
--   broadcast_done. What an import began is left to the import.
-- Parameters: in_product_id  which product; an id that is no product's changes nothing
-- Errors: none
-- Locks: product, then its listings
-- Example: CALL product_followed(7)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_followed(IN in_product_id BIGINT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE v_version BIGINT;

    UPDATE product SET state = 'published'
    WHERE product_id = in_product_id AND state = 'draft' AND state_wanted = 'published' AND pending = 0;
    IF ROW_COUNT() = 1 THEN
        SELECT version INTO v_version FROM product WHERE product_id = in_product_id;
        CALL product_changed(in_product_id, v_version);
    END IF;
END
