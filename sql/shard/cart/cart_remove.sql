-- cart_remove: takes a line out of a cart, or all of them. A line that is not there is out already.
--
-- Parameters
--   in_account_id   BIGINT    whose cart
--   in_roles        BIGINT    mask of the caller's roles; 1: guest
--   in_sku_id       BIGINT    the line's SKU; NULL: every line
--   in_if_match     BIGINT    version the change is meant for; NULL: any
--   in_cached       TINYINT   as cart_save
-- Returns  one row: status INT, body JSON, etag
--   200 {"lines_n", "version"}
-- Errors   30523 cart.frozen · 30013 precondition.failed · 30015 slot.moved
-- Locks    slot_owner (shared), cart, cart_item, cart_stale
-- Example  CALL cart_remove(640, 2, 42, NULL, 1);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_remove(
    in_account_id BIGINT, in_roles BIGINT, in_sku_id BIGINT, in_if_match BIGINT, in_cached TINYINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'takes lines out of a cart'
BEGIN
    DECLARE v_version BIGINT;
    DECLARE v_lines INT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL cart_lock(in_account_id, in_roles, in_if_match, v_version);
    DELETE FROM cart_item WHERE account_id = in_account_id AND (in_sku_id IS NULL OR sku_id = in_sku_id);
    IF ROW_COUNT() > 0 THEN
        CALL cart_save(in_account_id, v_version, in_cached);
    END IF;
    SELECT COUNT(*) INTO v_lines FROM cart_item WHERE account_id = in_account_id;
    SELECT version INTO v_version FROM cart WHERE account_id = in_account_id;
    COMMIT;

    SELECT 200 AS status, CONCAT('v', v_version) AS etag,
           JSON_OBJECT('lines_n', v_lines + 0, 'version', v_version + 0) AS body;
END
