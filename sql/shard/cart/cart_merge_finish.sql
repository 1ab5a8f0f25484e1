-- cart_merge_finish: last step of a merge: the guest's cart is empty and may be used again.
--
-- Parameters
--   in_guest_id    BIGINT    whose cart was merged
--   in_merge_id    BIGINT    the merge, which stands in cart_merge of the account's shard
--   in_cached      TINYINT   as cart_save
-- Returns  one row: status INT, body JSON
--   200 {"removed": n}: lines; 0 when it was finished before
-- Errors   none of its own
-- Locks    cart, cart_item, cart_stale
-- Example  CALL cart_merge_finish(896, 171798691968, 1);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_merge_finish(
    in_guest_id BIGINT, in_merge_id BIGINT, in_cached TINYINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'a merged cart is emptied'
BEGIN
    DECLARE v_version BIGINT;
    DECLARE v_removed INT DEFAULT 0;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    START TRANSACTION;
    SELECT version INTO v_version FROM cart WHERE account_id = in_guest_id AND merge_id = in_merge_id FOR UPDATE;
    IF v_version IS NOT NULL THEN
        DELETE FROM cart_item WHERE account_id = in_guest_id;
        SET v_removed = ROW_COUNT();
        UPDATE cart SET merge_id = NULL, merge_into = NULL WHERE account_id = in_guest_id;
        CALL cart_save(in_guest_id, cart_version_after(v_version), in_cached);
    END IF;
    COMMIT;

    SELECT 200 AS status, JSON_OBJECT('removed', v_removed + 0) AS body;
END
