-- What: every shard has this version's SKUs and the first units are received: the product becomes what the import wanted,
--   published or not. A version that is no longer the newest is left to the run that made the newer one.
-- Parameters:
--   in_product_id  which product
--   in_version     the version that is everywhere now
-- Returns: 200 {finished: true|false}
-- Errors: none
-- Locks: product, then its listings
-- Example: CALL product_import_finish(7, 2)
CREATE DEFINER='souk_definer'@'localhost' PROCEDURE product_import_finish(IN in_product_id BIGINT, IN in_version BIGINT)
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
    DECLARE v_finished INT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    UPDATE product SET state = state_wanted, pending = 0
    WHERE product_id = in_product_id AND version = in_version AND pending = 1;
    SET v_finished = ROW_COUNT();
    IF v_finished = 1 THEN
        CALL product_changed(in_product_id, in_version);
    END IF;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('finished', JSON_EXTRACT(IF(v_finished = 1, 'true', 'false'), '$')) AS body;
END
