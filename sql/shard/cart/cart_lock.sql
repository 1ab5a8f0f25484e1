-- cart_lock: takes a cart for the rest of the transaction, makes it when there is none, and says what its next version is.
--
-- Parameters
--   in_account_id   BIGINT   whose cart
--   in_roles        BIGINT   mask of the caller's roles; 1: guest, whose cart ends 30 days after the last change;
--                            NULL: somebody else acts for the account, nothing is known of it
--   in_if_match     BIGINT   version that the change is meant for; NULL: any
--   out_version     BIGINT   version that the cart has when the caller saves it (cart_save)
-- Returns  nothing: called by other routines inside their transaction, never by the application
-- Errors   30015 slot.moved · 30523 cart.frozen · 30013 precondition.failed
-- Locks    slot_owner (shared), cart
-- Example  CALL cart_lock(640, 2, NULL, v_version);
CREATE DEFINER = 'souk_definer'@'localhost' PROCEDURE cart_lock(
    in_account_id BIGINT, in_roles BIGINT, in_if_match BIGINT, OUT out_version BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
COMMENT 'takes a cart for a change'
BEGIN
    DECLARE v_now DATETIME(3) DEFAULT UTC_TIMESTAMP(3);
    DECLARE v_expires_at DATETIME(3) DEFAULT IF(in_roles & 1, v_now + INTERVAL 30 DAY, NULL);
    DECLARE v_version, v_merge_id BIGINT;

    CALL slot_check(in_account_id);
    INSERT INTO cart (account_id, version, expires_at, changed_at)
    VALUES (in_account_id, 0, v_expires_at, v_now)
    ON DUPLICATE KEY UPDATE changed_at = v_now, expires_at = IF(in_roles IS NULL, cart.expires_at, v_expires_at);

    SELECT version, merge_id INTO v_version, v_merge_id FROM cart WHERE account_id = in_account_id;
    IF v_merge_id IS NOT NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30523, MESSAGE_TEXT = 'cart.frozen';
    ELSEIF v_version <> in_if_match THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 30013, MESSAGE_TEXT = 'precondition.failed';
    END IF;
    SET out_version = cart_version_after(v_version);
END
