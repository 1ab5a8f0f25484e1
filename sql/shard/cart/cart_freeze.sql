-- cart_freeze: first step of a merge: a guest's cart stands still until its lines are in the account's cart.
--
-- Parameters
--   in_guest_id     BIGINT    whose cart is given away
--   in_account_id   BIGINT    who gets it
--   in_merge_id     BIGINT    new id in the guest's slot; a merge that was begun before keeps its own
--   in_cached       TINYINT   as cart_save
-- Returns  one row: status INT, body JSON
--   200 {"merge_id": "…", "items": […]} as cart_merge takes them; merge_id null: there is nothing in it
-- Errors   30523 cart.frozen: for another account · 30015 slot.moved
-- Locks    slot_owner (shared), cart, cart_stale
-- Example  CALL cart_freeze(896, 640, 171798691968, 1);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_freeze(
    in_guest_id BIGINT, in_account_id BIGINT, in_merge_id BIGINT, in_cached TINYINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a guest''s cart stands still'
BEGIN
    DECLARE v_merge_id, v_into, v_version BIGINT;
    DECLARE v_items LONGTEXT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    CALL slot_check(in_guest_id);
    SELECT version, merge_id, merge_into INTO v_version, v_merge_id, v_into
      FROM cart WHERE account_id = in_guest_id FOR UPDATE;
    IF v_into <> in_account_id THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30523, MESSAGE_TEXT = 'cart.frozen: for another account';
    END IF;
    SET v_items = cart_items_json(in_guest_id);
    IF v_merge_id IS NULL AND v_items <> '[]' THEN
        SET v_merge_id = in_merge_id;
        UPDATE cart SET merge_id = in_merge_id, merge_into = in_account_id WHERE account_id = in_guest_id;
        CALL cart_save(in_guest_id, cart_version_after(v_version), in_cached);
    END IF;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('merge_id', CAST(v_merge_id AS CHAR), 'items', JSON_EXTRACT(v_items, '$')) AS body;
END
